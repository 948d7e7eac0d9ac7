import Lists
import Matching
import Wire

extension CatalogSource {
    /// By the ISRC where the entry has one, or else what is most like it of what a search finds.
    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member> {
        if let isrc = entry.isrc.flatMap(ISRC.folded), let row = try knownRow("isrc:\(isrc)"), row.hasNoOther(isrc) {
            // It is the track's own document that was answered.
            let told = member(row)
            return .best(Member(id: row.id, row: told.row) { () throws(Failure) in try self.known(row, told.row) })
        }
        let choice = try entry.choose(\.track, withArtist: true) { (text) throws(Failure) in
            try catalog.search(text, .track, limit: 25).compactMap(\.object).compactMap(Row.init)
        }
        return choice.map { member($0) }
    }
}

extension Row {
    /// Whether it is not told as another recording than that of this code.
    fileprivate func hasNoOther(_ isrc: String) -> Bool {
        track.isrc.flatMap(ISRC.folded).map { $0 == isrc } ?? true
    }
}
