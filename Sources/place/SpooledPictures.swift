import Files
import StageKit
import Tags
import Wire

/// Spooled pictures, as they are embedded; the last ones are remembered, since the tracks of an album share theirs.
final class SpooledPictures {
    private let channels: Channels
    private var last: [(picture: SpooledFile.Artwork, artwork: Artwork)] = []

    /// The most bytes of a picture that all containers can hold, the most of one that is remembered, and how many are.
    private static let maximum = 15 << 20
    private static let maximumRemembered = 1 << 20
    private static let remembered = 16

    init(_ channels: Channels) { self.channels = channels }

    /// Nil for a picture that cannot be used; throws `stale` if the picture was lost, so that it is fetched again.
    func read(_ picture: SpooledFile.Artwork) throws(Failure) -> Artwork? {
        if let known = last.first(where: { $0.picture == picture }) { return known.artwork }
        guard picture.bytes <= Self.maximum else {
            channels.note("left out the artwork: \(picture.path) has over \(Self.maximum) bytes")
            return nil
        }
        guard let bytes = contents(of: picture.path, atMost: picture.bytes), bytes.count == picture.bytes else {
            throw .stale("no_file", "the cover is gone: cannot read \(picture.bytes) bytes from \(picture.path)")
        }
        guard SHA256.of(bytes) == picture.sha256.lowercased() else {
            throw .stale("wrong_digest", "\(picture.path) does not have the bytes that the record tells of")
        }
        guard let mime = Magic.imageType(of: bytes), ["image/jpeg", "image/png"].contains(mime) else {
            channels.note("left out the artwork: \(picture.path) is neither JPEG nor PNG")
            return nil
        }
        return remember(Artwork(bytes: bytes, mime: mime), of: picture)
    }

    private func remember(_ artwork: Artwork, of picture: SpooledFile.Artwork) -> Artwork {
        guard picture.bytes <= Self.maximumRemembered else { return artwork }
        if last.count == Self.remembered { last.removeFirst() }
        last.append((picture, artwork))
        return artwork
    }
}
