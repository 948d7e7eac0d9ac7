import GRDB
import Wire

extension Catalogue {
    /// Passes the record of each failed item that has not succeeded since to `body`, the latest failure last.
    ///
    /// Leaves out cancelled items, and those that fail during the call. Returns how many failures have no record.
    ///
    /// - Throws: what ``Catalogue`` and the body throw.
    package func eachOpenFailure(_ body: (Wire.Record) throws(Failure) -> Void) throws(Failure) -> Int {
        let last = try read { try Int.fetchOne($0, sql: "SELECT max(rowid) FROM failure") ?? 0 } ?? 0
        var (position, lost) = (0, 0)
        while true {
            let page = try read { try Row.fetchAll($0, sql: Self.openFailures, arguments: [position, last]) } ?? []
            for row in page {
                let (next, text): (Int, String?) = try asking { try (row["rowid"], row["record"]) }
                guard next > position else { throw Failure(catalogue: DatabaseError.disorder, in: library) }
                position = next
                guard let text, let record = try? Wire.Record(line: Array(text.utf8)) else {
                    lost += 1
                    continue
                }
                try body(record)
            }
            if page.isEmpty { return lost }
        }
    }

    /// A page at a time: a slow reader must not hold a transaction open, which would keep the log growing.
    private static let openFailures = """
        SELECT rowid, record FROM failure WHERE rowid > ? AND rowid <= ? AND solved_at IS NULL AND class <> 'cancelled'
        AND NOT EXISTS (SELECT 1 FROM failure AS later
            WHERE later.id = failure.id AND later.rowid > failure.rowid AND later.solved_at IS NULL)
        ORDER BY rowid LIMIT 64
        """
}
