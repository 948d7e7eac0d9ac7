import Lists
import Matching
import Wire

extension CatalogSource {
    /// Finds an entry's track by its ISRC, or else as the best match of a search.
    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member> {
        if let isrc = entry.isrc.flatMap(ISRC.folded), let row = try knownRow("isrc:\(isrc)"), row.hasNoOther(isrc) {
            // The answer is the track's own document.
            let told = member(row)
            let member = Member(id: row.id, row: told.row) { () throws(Failure) in try self.known(row, told.row) }
            return .best(member, by: .isrc)
        }
        let choice = try entry.choose(\.track, withArtist: true) { (text) throws(Failure) in
            try catalog.search(text, .track, limit: 25).compactMap(\.object).compactMap(Row.init)
        }
        return choice.map { member($0) }
    }
}

extension Row {
    /// Whether the document does not contradict this ISRC.
    fileprivate func hasNoOther(_ isrc: String) -> Bool {
        track.isrc.flatMap(ISRC.folded).map { $0 == isrc } ?? true
    }
}
