import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Queues a record at the first stop for its kind, under its own id, whatever else it is known by.
    package func admit(_ record: Wire.Record) throws {
        let (track, stop) = (try? record.track, route.next(after: -1, kind: record.kind) ?? 0)
        try execute(
            """
            INSERT OR IGNORE INTO item (id, state, stage, lane, title, artist, line, added)
            VALUES (?, 'ready', ?, 0, ?, ?, ?, ?)
            """,
            [
                storable(record.id), numbers[stop], storable(track?.title), storable(track?.artist), Data(record.line),
                now
            ])
    }

    /// Forgets the items that ended in this transaction, and returns the last line of each.
    package func forgetEnded() throws -> [Wire.Record] {
        defer { ended = [] }
        return try ended.map { item, record in
            _ = try forget(item)
            return record
        }
    }
}
