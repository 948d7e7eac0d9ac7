import Files
import Glibc
import Wire

/// An audio file that was found, with what it says of itself.
struct Piece {
    /// Its path in the folder or the archive, for people, and a hint where there are no tags.
    let name: String
    /// Where its bytes are: the file itself, or a temporary file in the spool.
    let path: String
    let isSpooled: Bool
    /// The absolute path of the file or the archive that holds it.
    let source: String
    let format: Format
    let bytes: Int
    let sha256: String
    let track: Track

    /// The same bytes have the same id, also where a library already had them when it was imported.
    var id: String { "file:track:\(sha256.prefix(32))" }
}

/// A picture that was found; its path is as that of a `Piece`.
struct Picture {
    let name: String
    let isSpooled: Bool
    let artwork: SpooledFile.Artwork
}

/// What was found in a folder, an archive or a file.
final class Haul {
    private(set) var pieces: [Piece] = []
    private(set) var pictures: [Picture] = []
    /// What could not be read although it should have been, each by its absolute path.
    private(set) var flaws: [(path: String, failure: Failure)] = []
    /// The names of what was not taken, with why where that is not plain.
    private(set) var left: [String] = []
    private var names: [String: String] = [:]

    /// Adds a piece, unless another one has the same bytes.
    func add(_ piece: Piece) {
        if let twin = names[piece.sha256] {
            leave(piece.name, because: "the same bytes as \(twin)")
            if piece.isSpooled { unlink(piece.path) }
            return
        }
        names[piece.sha256] = piece.name
        pieces.append(piece)
    }

    func add(_ picture: Picture) { pictures.append(picture) }
    func add(flaw failure: Failure, at path: String) { flaws.append((path, failure)) }

    func leave(_ name: String, because reason: String? = nil) {
        left.append(reason.map { "\(name) (\($0))" } ?? name)
    }

    /// Removes the temporary files that no record has taken.
    func discard() {
        for piece in pieces where piece.isSpooled { unlink(piece.path) }
        for picture in pictures where picture.isSpooled { unlink(picture.artwork.path) }
    }

    /// Album by album, in the order of their discs and tracks.
    var inOrder: [Piece] {
        pieces.map { (key: SortKey($0), piece: $0) }.sorted { $0.key < $1.key }.map(\.piece)
    }

    /// The picture beside a piece that has a cover's name, else the only one there, else a cover in the folder above.
    func cover(of piece: Piece) -> Picture? {
        let own = folder(of: piece.name)
        let beside = pictures.filter { folder(of: $0.name) == own }
        let above = own == "." ? [] : pictures.filter { folder(of: $0.name) == folder(of: own) }
        return CoverName.best(of: beside) ?? (beside.count == 1 ? beside[0] : CoverName.best(of: above))
    }

    /// What all of it is: one album, or a folder with several.
    func summary(of path: String) -> CollectionSummary {
        let albums = Set(pieces.map { $0.track.album ?? "" })
        let artists = Set(pieces.map { $0.track.albumArtist ?? $0.track.artist ?? "" })
        let album = albums.count == 1 ? albums.first.flatMap { $0.isEmpty ? nil : $0 } : nil
        let artist = artists.count == 1 ? artists.first.flatMap { $0.isEmpty ? nil : $0 } : nil
        return CollectionSummary(
            type: album == nil ? "folder" : "album", title: album ?? lastPart(of: path), creator: artist,
            artworkURL: nil)
    }
}

/// The place of a piece among others.
private struct SortKey: Comparable {
    private let texts: [String]
    private let numbers: [Int]
    private let name: String

    init(_ piece: Piece) {
        let track = piece.track
        texts = [folder(of: piece.name), track.albumArtist ?? "", track.album ?? ""]
        (numbers, name) = ([track.discNumber ?? 0, track.trackNumber ?? .max], piece.name)
    }

    static func < (one: SortKey, other: SortKey) -> Bool {
        for (text, second) in zip(one.texts, other.texts) where text != second { return text < second }
        for (number, second) in zip(one.numbers, other.numbers) where number != second { return number < second }
        return one.name < other.name
    }
}
