import GRDB
import Glibc

extension Change {
    /// What ended in a transaction, of one kind.
    struct Ends {
        var items = 0
        var bytes = 0
    }

    static let minute: Int64 = 60_000
    /// How long the counts of minutes are kept.
    private static let minutesKept: Int64 = 60

    /// More bytes than come in a day: what a record says of a file may be anything, and sums have to stay in range.
    private static let mostBytes = 1 << 50

    /// Counts an item that came to an end: `done`, `skipped`, or the class of its failure. One that is tried again, and
    /// ends again, counts again.
    func count(_ kind: String, bytes: Int = 0) {
        ends[kind, default: Ends()].items += 1
        let sum = ends[kind, default: Ends()].bytes + min(max(0, bytes), Self.mostBytes)
        ends[kind, default: Ends()].bytes = min(sum, Self.mostBytes)
    }

    /// Adds what was counted to the day and the minute of the transaction.
    func writeEnds() throws {
        guard !ends.isEmpty else { return }
        for (kind, ends) in ends {
            try add(ends, kind, to: "day", at: Day.number(of: now))
            try add(ends, kind, to: "minute", at: now / Self.minute)
        }
        try execute("DELETE FROM minute WHERE number < ?", [now / Self.minute - Self.minutesKept])
        ends = [:]
    }

    private func add(_ ends: Ends, _ kind: String, to table: String, at number: Int64) throws {
        try execute(
            """
            INSERT INTO \(table) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET items = items + excluded.items, bytes = min(bytes + excluded.bytes, ?)
            """, [number, kind, ends.items, ends.bytes, Self.mostBytes])
    }
}
