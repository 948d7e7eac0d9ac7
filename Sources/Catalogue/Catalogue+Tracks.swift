import GRDB
import Wire

extension Catalogue {
    /// Passes a record of each track to `body`, in the order of ids, with its placed file and one of its collections.
    ///
    /// Reads a page at a time, so that a consumer can change the catalogue meanwhile.
    ///
    /// - Throws: what ``Catalogue`` and the body throw.
    package func eachTrack(_ body: (Wire.Record) throws(Failure) -> Void) throws(Failure) {
        var last = ""
        while true {
            let page = try read { try Row.fetchAll($0, sql: Self.tracks, arguments: [last]) } ?? []
            for row in page { try body(try record(row)) }
            guard let end = page.last else { return }
            try asking {
                let next: String = try end["id"]
                guard last.utf8.lexicographicallyPrecedes(next.utf8) else { throw DatabaseError.disorder }
                last = next
            }
        }
    }

    /// The same record of one track; nil if it is not in the catalogue.
    package func record(of id: String) throws(Failure) -> Wire.Record? {
        guard !id.utf8.contains(0) else { return nil }
        let row = try read { try Row.fetchOne($0, sql: Self.track, arguments: [id]) } ?? nil
        return try row.map { row throws(Failure) in try record(row) }
    }

    private func record(_ row: Row) throws(Failure) -> Wire.Record {
        let (track, parent, seq, recordedAt): (CataloguedTrack, String?, Int?, String) = try asking {
            try (CataloguedTrack(row: row), row["parent"], row["seq"], row["recorded_at"])
        }
        var record = Wire.Record(kind: "track", id: track.id, parent: parent, seq: seq)
        record["track"] = track.section.flatMap { try? JSON(parsing: Array($0.utf8)) }
        record.edit("placed") { track.placed(in: library).write(to: &$0) }
        record.edit("recorded") { section in
            section["at"] = .string(recordedAt)
            // The number is too large for some readers of JSON.
            section["modified_ns"] = track.modified.map { .string("\($0)") }
        }
        return record
    }

    /// `*` comes last for the same reason as in ``CataloguedFile``.
    private static let joined = """
        SELECT member.collection AS parent, member.seq, track.* FROM track
        LEFT JOIN member ON (member.collection, member.seq) = (
            SELECT collection, seq FROM member WHERE member.track = track.id ORDER BY collection, seq LIMIT 1)
        """
    private static let tracks = "\(joined) WHERE track.id > ? ORDER BY track.id LIMIT 64"
    private static let track = "\(joined) WHERE track.id = ?"
}
