import GRDB
import Glibc
import Wire

/// What ended on a day by the clock of this machine. It stays when the items are forgotten.
package struct Day: Equatable, Sendable {
    /// `2026-11-26`.
    package let date: String
    /// Tracks that were done: their bytes had to be fetched.
    package private(set) var done = 0
    /// Items that were skipped, mostly because the library had them.
    package private(set) var skipped = 0
    /// How many items failed for good, by the class of the failure.
    package private(set) var failures: [String: Int] = [:]
    /// The bytes of what was done.
    package private(set) var bytes = 0

    /// How many items failed for good.
    package var failed: Int { failures.values.reduce(0, +) }

    private static let secondsPerDay = 86_400

    init(number: Int64) {
        var (moment, parts) = (time_t(number) * Self.secondsPerDay, tm())
        gmtime_r(&moment, &parts)
        let values = [1900 + parts.tm_year, parts.tm_mon + 1, parts.tm_mday]
        date = values.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
    }

    /// Days since 1970 by the local clock at a moment in milliseconds since 1970.
    static func number(of milliseconds: Int64) -> Int64 {
        var (moment, parts) = (time_t(milliseconds / 1000), tm())
        localtime_r(&moment, &parts)
        let local = Int(moment) + parts.tm_gmtoff
        return Int64((local - (local % secondsPerDay + secondsPerDay) % secondsPerDay) / secondsPerDay)
    }

    mutating func add(_ row: Row) throws {
        let (kind, items): (String, Int) = try (row["kind"], row["items"])
        switch kind {
        case "done": done += items
        case "skipped": skipped += items
        default: failures[kind, default: 0] += items
        }
        bytes += try row["bytes"]
    }
}

/// How fast items came to their end in the last minutes.
package struct RecentPace: Equatable, Sendable {
    package let itemsPerSecond: Double
    package let bytesPerSecond: Double
}

extension Ledger {
    /// What ended on each of the last `days` days, oldest first, today last; `now` is in milliseconds since 1970.
    package func history(days: Int, now: Int64) throws(Failure) -> [Day] {
        let last = Day.number(of: now)
        let first = last - Int64(days) + 1
        return try read { database in
            var found = (first...last).map(Day.init)
            let sql = "SELECT number, kind, items, bytes FROM day WHERE number BETWEEN ? AND ?"
            for row in try Row.fetchAll(database, sql: sql, arguments: [first, last]) {
                let number: Int64 = try row["number"]
                guard (first...last).contains(number) else { throw DatabaseError.disorder }
                try found[Int(number - first)].add(row)
            }
            return found
        }
    }

    /// The pace of the last five minutes; nil if nothing ended in them, or too lately to tell.
    package func recentPace(now: Int64) throws(Failure) -> RecentPace? {
        try read { database in
            let sql =
                "SELECT min(number) AS first, sum(items) AS items, sum(bytes) AS bytes FROM minute WHERE number > ?"
            let start = now / Change.minute - 5
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [start]),
                let first: Int64 = try row["first"]
            else { return nil }
            let seconds = Double(now - first * Change.minute) / 1000
            guard seconds >= 60 else { return nil }
            return try RecentPace(itemsPerSecond: row["items"] / seconds, bytesPerSecond: row["bytes"] / seconds)
        }
    }

    /// When the next of the waiting items is due, in milliseconds since 1970; nil if none waits.
    package func nextDue() throws(Failure) -> Int64? {
        try read { try Int64.fetchOne($0, sql: "SELECT min(due) FROM item WHERE state = 'waiting'") }
    }
}
