import Files
import Lists
import Wire

extension CatalogSource {
    /// By the ISRC where the entry has one, or else the first that is found with that title, by that artist.
    func find(_ entry: ListEntry) throws(Failure) -> Member? {
        if let isrc = entry.isrc, let row = try knownRow("isrc:\(isrc)") {
            // It is the track's own document that was answered.
            let told = member(row)
            return Member(id: row.id, row: told.row) { () throws(Failure) in try self.known(row, told.row) }
        }
        guard let title = entry.title else { return nil }
        let text = [entry.artist, title].compactMap(\.self).joined(separator: " ")
        let rows = try catalog.search(text, .track, limit: 25).compactMap(\.object).compactMap(Row.init)
        return rows.first { $0.track.isMeant(by: entry) }.map { member($0) }
    }
}

extension Track {
    /// Whether an entry of a list, which tells little, most likely means this.
    func isMeant(by entry: ListEntry) -> Bool {
        if let duration, let other = entry.duration, abs(duration - other) > 5 { return false }
        guard let title, key(title) == key(entry.title ?? "") else { return false }
        guard let wanted = entry.artist.map(key) else { return true }
        let names = (artists + [artist].compactMap(\.self)).map(key)
        return names.contains { wanted.contains($0) || $0.contains(wanted) }
    }

    private func key(_ text: String) -> String {
        FileName.collisionKey(text).filter { $0.isLetter || $0.isNumber }
    }
}
