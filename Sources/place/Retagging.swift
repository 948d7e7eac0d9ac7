import Files
import Tags
import Wire

/// Files of the library with tags after their records.
struct Retagging {
    let placement: Placement

    /// The record with what its file is now, and in `placed.changes` what was changed; nil when nothing is other than
    /// the record says.
    func retag(_ record: Record) throws(Failure) -> Record? {
        let shelved = try Shelved(record, in: placement.library)
        var placed = try shelved.current()
        let changes = try changes(of: record, shelved)
        if !changes.isEmpty { placed = try write(record, placed) }
        let isSame = placed.bytes == shelved.placed.bytes && placed.sha256 == shelved.placed.sha256
        return isSame && changes.isEmpty ? nil : record.with(placed: placed).with(changes)
    }

    /// The same with nothing touched.
    func plan(_ record: Record) throws(Failure) -> Record? {
        let changes = try changes(of: record, try Shelved(record, in: placement.library))
        return changes.isEmpty ? nil : record.with(changes)
    }

    private func changes(of record: Record, _ shelved: Shelved) throws(Failure) -> [TagChange] {
        guard shelved.isThere else {
            throw .permanent("no_file", "there is no file at \(shelved.placed.path); see segue verify")
        }
        return try AudioTags.changes(
            by: try record.track ?? Track(), source: record.id, in: shelved.placed.path, shelved.placed.format)
    }

    /// In a copy that then takes the place of the file at one stroke.
    private func write(_ record: Record, _ placed: Placed) throws(Failure) -> Placed {
        let name = ".segue-\(SHA256.of(record.id).prefix(16)).part"
        let part = try PartialFile(at: "\(folder(of: placed.path))/\(name)", keeping: false)
        do throws(Failure) {
            try placement.fill(part, from: placed.path, try record.track ?? Track(), nil, record.id, placed.format)
            var placed = placed
            (placed.bytes, placed.sha256) = try digest(ofFile: part.path)
            try part.rename(to: placed.path)
            return placed
        } catch {
            part.discard()
            throw error
        }
    }
}

extension Record {
    fileprivate func with(_ changes: [TagChange]) -> Record {
        var object = JSONObject()
        for change in changes { object[change.name] = .array([.strings(change.from), .strings(change.to)]) }
        var record = self
        record.edit("placed") { $0["changes"] = changes.isEmpty ? nil : object.value }
        return record
    }
}
