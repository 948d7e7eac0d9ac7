import Wire

/// A file of the folder as a track.
struct FolderTrack: Sendable {
    let id: Int
    let path: String
    let format: Format
    let bytes: Int
    /// When the file was last written, in seconds since 1970.
    let writtenAt: Int
    let album: Int
    let artist: Int
    /// The file's tags, completed so that there are always a title, an artist and numbers.
    let tags: Track

    /// Bit rates of MP3 files in kbit/s; the nearest is part of the quality's name.
    private static let rates = [64, 96, 128, 160, 192, 224, 256, 320]

    /// Such as `flac` or `mp3_320`.
    var quality: String {
        guard format == .mp3, let seconds = tags.duration, seconds > 0 else { return format.rawValue }
        let rate = Double(bytes) * 8 / seconds / 1000
        let nearest = Self.rates.min { abs(Double($0) - rate) < abs(Double($1) - rate) }
        return nearest.map { "mp3_\($0)" } ?? format.rawValue
    }
}

/// Tracks of one album, in the order of their numbers.
struct FolderAlbum: Sendable {
    let id: Int
    let title: String
    let artist: Int
    let songs: [Int]
    let releaseDate: String?
    /// A picture file in the folder.
    let cover: String?
}

/// Tracks in a user's order, possibly with repetitions.
struct FolderPlaylist: Sendable {
    let id: Int
    let title: String
    let songs: [Int]
}
