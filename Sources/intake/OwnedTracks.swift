import Catalogue
import Files
import Wire

/// The tracks that a library has, so that they are not taken in again.
final class OwnedTracks {
    private let catalogue: Catalogue
    /// The ids that were found to be in files of other ids in this run, keyed by the hash of their path.
    private var claims: [Int: String] = [:]

    init(library: String) throws(Failure) { catalogue = try Catalogue(library: library, readOnly: true) }

    /// The library's file with the same bytes before they were tagged, or with the same recording, unless only the piece
    /// is lossless; nil if it has none.
    func placed(_ record: Record, _ piece: Piece) throws(Failure) -> Placed? {
        if let placed = try catalogue.placed(id: record.id) { return placed }
        func isEnough(_ placed: Placed) -> Bool { placed.isLossless || ![.flac, .wav].contains(piece.format) }
        let found = try catalogue.imported(piece.track) { path in
            claims[path.utf8Hash].map { $0.utf8.elementsEqual(record.id.utf8) } ?? true
        }
        if let found, isEnough(found) {
            claims[found.path.utf8Hash] = record.id
            return found
        }
        for twin in try catalogue.twins(of: record.id, piece.track) {
            guard var placed = try catalogue.placed(id: twin.track.id), isEnough(placed) else { continue }
            placed.sameAs = twin.track.id
            return placed
        }
        return nil
    }
}
