import Catalogue
import Files
import Wire

/// The tracks that a library has, so that they are not taken in again.
final class OwnedTracks {
    private let catalogue: Catalogue
    /// The ids that were found to be in files of other ids in this run, keyed by the hash of their path.
    private var claims: [Int: String] = [:]

    init(library: String) throws(Failure) { catalogue = try Catalogue(library: library, readOnly: true) }

    /// The library's file with the same bytes before they were tagged, or with the same recording; nil if it has none.
    func placed(_ record: Record, _ track: Track) throws(Failure) -> Placed? {
        if let placed = try catalogue.placed(id: record.id) { return placed }
        let placed = try catalogue.imported(track) { path in
            claims[path.utf8Hash].map { $0.utf8.elementsEqual(record.id.utf8) } ?? true
        }
        if let placed { claims[placed.path.utf8Hash] = record.id }
        return placed
    }
}
