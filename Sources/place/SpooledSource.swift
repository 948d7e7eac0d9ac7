import Files
import Glibc
import StageKit
import Tags
import Wire

/// A spooled file that is complete and holds audio.
struct SpooledSource {
    let path: String
    /// Its actual format, whatever was announced.
    let format: Format
    /// The file's own tags and its duration.
    let tags: Track
    private let picture: SpooledFile.Artwork?
    private let artist: SpooledFile.Artwork?
    /// Whether there is a cover that may be fetched later.
    let lacksArtwork: Bool

    /// The most bytes of a picture that all containers can hold.
    private static let maximumPicture = 15 << 20

    init(_ record: Record, announced: Format?, _ channels: Channels) throws(Failure) {
        let audio = try SpooledAudio(record, for: "place")
        path = audio.file.path
        (picture, artist) = (audio.file.artwork, audio.file.artistArtwork)
        lacksArtwork = picture == nil && audio.file.artworkFailure.map { $0 != .permanent } ?? false
        guard let found = audio.format else {
            let wanted = announced.map { "\($0.rawValue) as announced" } ?? "audio of a known format"
            throw .permanent("not_audio", "\(path) is not \(wanted)")
        }
        format = found
        tags = try AudioTags.read(path, format)
        if let announced, announced != format {
            channels.note("\(record.id) is \(format.rawValue), not \(announced.rawValue) as announced")
        }
    }

    /// The picture to embed; a track is complete without it.
    func artwork(_ channels: Channels) throws(Failure) -> Artwork? {
        try picture.flatMap { picture throws(Failure) in try Self.read(picture, channels) }
    }

    /// The picture of the album's artist.
    func artistPicture(_ channels: Channels) throws(Failure) -> Artwork? {
        try artist.flatMap { picture throws(Failure) in try Self.read(picture, channels) }
    }

    /// Nil for a picture that cannot be used; throws `stale` if the picture was lost, so that it is fetched again.
    static func read(_ picture: SpooledFile.Artwork, _ channels: Channels) throws(Failure) -> Artwork? {
        guard picture.bytes <= maximumPicture else {
            channels.note("left out the artwork: \(picture.path) has over \(maximumPicture) bytes")
            return nil
        }
        guard let bytes = contents(of: picture.path, atMost: picture.bytes), bytes.count == picture.bytes else {
            throw .stale("no_file", "the cover is gone: cannot read \(picture.bytes) bytes from \(picture.path)")
        }
        guard let mime = Magic.imageType(of: bytes), ["image/jpeg", "image/png"].contains(mime) else {
            channels.note("left out the artwork: \(picture.path) is neither JPEG nor PNG")
            return nil
        }
        return Artwork(bytes: bytes, mime: mime)
    }
}
