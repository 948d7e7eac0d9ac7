import Files
import Glibc
import StageKit
import Tags
import Wire

/// A spooled file that was found to be whole and to hold audio.
struct Source {
    let path: String
    /// What it is, whatever was announced.
    let format: Format
    /// What the file says of itself, with the duration.
    let tags: Track
    private let picture: SpooledFile.Artwork?
    private let artist: SpooledFile.Artwork?

    /// Bytes of a picture that all containers take.
    private static let maximumPicture = 15 << 20

    init(_ record: Record, announced: Format?, _ channels: Channels) throws(Failure) {
        let audio = try SpooledAudio(record, for: "place")
        path = audio.file.path
        (picture, artist) = (audio.file.artwork, audio.file.artistArtwork)
        guard let found = audio.format else {
            let wanted = announced.map { "\($0.rawValue) as announced" } ?? "audio that is known"
            throw .permanent("not_audio", "\(path) is not \(wanted)")
        }
        format = found
        tags = try AudioTags.read(path, format)
        if let announced, announced != format {
            channels.note("\(record.id) is \(format.rawValue), not \(announced.rawValue) as announced")
        }
    }

    /// The picture to put into the file; a track without the one it names is still whole.
    func artwork(_ channels: Channels) -> Artwork? { picture.flatMap { read($0, channels) } }

    /// The picture of the album's artist.
    func artistPicture(_ channels: Channels) -> Artwork? { artist.flatMap { read($0, channels) } }

    private func read(_ picture: SpooledFile.Artwork, _ channels: Channels) -> Artwork? {
        guard picture.bytes <= Self.maximumPicture, let bytes = contents(of: picture.path, atMost: picture.bytes),
            bytes.count == picture.bytes
        else {
            channels.note("left out the artwork: cannot read \(picture.bytes) bytes from \(picture.path)")
            return nil
        }
        guard let mime = Magic.imageType(of: bytes), ["image/jpeg", "image/png"].contains(mime) else {
            channels.note("left out the artwork: \(picture.path) is no JPEG and no PNG")
            return nil
        }
        return Artwork(bytes: bytes, mime: mime)
    }
}
