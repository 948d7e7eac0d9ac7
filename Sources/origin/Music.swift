import Wire

/// A file of the folder as a track that can be asked for.
struct FolderTrack: Sendable {
    let id: Int
    let path: String
    let format: Format
    let bytes: Int
    /// Seconds since 1970 at which the file was last written.
    let writtenAt: Int
    let album: Int
    let artist: Int
    /// What the file says of itself, with a title, an artist and numbers in any case.
    let tags: Track

    /// The bit rates of MP3 files, in kbit/s, of which the nearest is part of the quality's name.
    private static let rates = [64, 96, 128, 160, 192, 224, 256, 320]

    /// `flac` or `mp3_320`, say.
    var quality: String {
        guard format == .mp3, let seconds = tags.duration, seconds > 0 else { return format.rawValue }
        let rate = Double(bytes) * 8 / seconds / 1000
        let nearest = Self.rates.min { abs(Double($0) - rate) < abs(Double($1) - rate) }
        return nearest.map { "mp3_\($0)" } ?? format.rawValue
    }
}

/// Tracks that belong together, in the order of their numbers.
struct FolderAlbum: Sendable {
    let id: Int
    let title: String
    let artist: Int
    let songs: [Int]
    let releaseDate: String?
    /// A picture file in the folder.
    let cover: String?
}

/// Tracks in an order of somebody's choice, in which one may come twice.
struct FolderPlaylist: Sendable {
    let id: Int
    let title: String
    let songs: [Int]
}
