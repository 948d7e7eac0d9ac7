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
        guard let file = try record.file else {
            throw .config("no_file", "the record has no file; put fetch before place")
        }
        guard file.cipher == nil else {
            throw .config("still_wrapped", "the file is still wrapped; put decrypt before place")
        }
        path = file.path
        (picture, artist) = (file.artwork, file.artistArtwork)
        format = try Self.format(of: file, announced)
        tags = try AudioTags.read(path, format)
        if let announced, announced != format {
            channels.note("\(record.id) is \(format.rawValue), not \(announced.rawValue) as announced")
        }
    }

    private static func format(of file: SpooledFile, _ announced: Format?) throws(Failure) -> Format {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .stale("no_file", "\(file.path) is gone") : fileFailure("cannot open \(file.path)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .stale("no_file", "\(file.path) is no file")
        }
        guard status.st_size == file.bytes else {
            throw .stale("wrong_length", "\(file.path) has \(status.st_size) bytes, not \(file.bytes)")
        }
        guard let format = container(of: descriptor) else {
            let wanted = announced.map { "\($0.rawValue) as announced" } ?? "audio that is known"
            throw .permanent("not_audio", "\(file.path) is not \(wanted)")
        }
        return format
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
