import Files
import GRDB
import Wire

/// A file of the library that was found missing or damaged.
package struct DamagedFile: Equatable, Sendable {
    /// Greater for what was found later.
    package let number: Int64
    /// When it was found, in milliseconds since 1970.
    package let at: Int64
    /// Its track's.
    package let id: String
    /// Relative to the library.
    package let path: String
    /// What is wrong with it, in one word.
    package let finding: String
    /// Whether its track was put back in the queue for that.
    package let isQueued: Bool
    /// The state that its track is in now; nil if it is not in the queue.
    package let state: State?

    /// How many files the ledger remembers.
    package static let kept = 1000

    fileprivate init(_ row: Row) throws {
        (number, at, id, path) = try (row["number"], row["at"], row["id"], row["path"])
        (finding, isQueued) = try (row["finding"], row["queued"])
        state = try (row["state"] as String?).flatMap(State.init)
    }
}

extension Change {
    /// Remembers what was found of a file last, for those who look later.
    package func note(damaged path: String, of id: String, finding: String, isQueued: Bool) throws {
        try execute(
            "INSERT OR REPLACE INTO damage (at, id, path, finding, queued) VALUES (?, ?, ?, ?, ?)",
            [now, storable(id), storable(path), finding, isQueued])
        try execute("DELETE FROM damage WHERE number <= (SELECT max(number) FROM damage) - ?", [DamagedFile.kept])
    }
}

extension Ledger {
    /// What was found after a number, oldest first.
    package func damagedFiles(after number: Int64) throws(Failure) -> [DamagedFile] {
        try damagedFiles("damage.number > ? ORDER BY damage.number", [number]).filter { $0.number > number }
    }

    /// Up to `limit` files that were found damaged in the last so many days before `now`, in milliseconds since 1970, newest
    /// first.
    package func damagedFiles(
        inLast days: Int, now: Int64, limit: Int = DamagedFile.kept
    ) throws(Failure) -> [DamagedFile] {
        let start = now - Int64(days) * 86_400_000
        return try damagedFiles("at >= ? ORDER BY damage.number DESC LIMIT ?", [start, Int64(limit)])
    }

    /// The greatest number so far; 0 if nothing was found.
    package func lastDamage() throws(Failure) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM damage") ?? 0 }
    }

    private func damagedFiles(_ condition: String, _ arguments: [Int64]) throws(Failure) -> [DamagedFile] {
        try read { database in
            let sql = """
                SELECT damage.number, at, damage.id, path, finding, queued, state
                FROM damage LEFT JOIN item ON item.id = damage.id WHERE \(condition)
                """
            let statement = try database.cachedStatement(sql: sql)
            return try Row.fetchAll(statement, arguments: StatementArguments(arguments)).map(DamagedFile.init)
        }
    }
}
