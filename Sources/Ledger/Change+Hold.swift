import Files
import GRDB
import Wire

/// Items that wait at a stage for what was refused there: a host, or a catalog.
package struct Held: Equatable, Sendable {
    package let stage: String
    package let need: String
    package let count: Int
}

extension Change {
    /// Keeps an item back until what it needs is to be had, and notes once why; it costs no try.
    func hold(_ job: Job, for need: String, _ failure: Failure, until due: Int64) throws -> Fate {
        try execute(
            """
            UPDATE item SET state = 'waiting', claim = NULL, due = ?, pause_ms = NULL, held = ?, alone = 0
            WHERE number = ? AND claim = ?
            """, [due, storable(need), job.item, job.claim])
        guard didChange else { return .void }
        let isNoted = try row(
            "SELECT 1 FROM failure WHERE item = ? AND stage = ? AND class = 'config' AND message = ? LIMIT 1",
            [job.item, numbers[job.stage], storable(failure.message)])
        if isNoted == nil { try note(failure, of: job.item, at: job.stage) }
        return .waits(until: due)
    }

    /// Lets one item go that is held for a need, so that it asks for all of them; nil when there is none.
    ///
    /// It is any of them, since those that were added together may be refused together, but none of `others`.
    package func probe(stage: Int, need: String, besides others: [Int64]) throws -> Int64? {
        let sql = """
            UPDATE item SET state = 'ready', due = NULL WHERE number = (
                SELECT number FROM item WHERE state = 'waiting' AND stage = ? AND held = ?
                    AND number NOT IN (SELECT value FROM json_each(?))
                ORDER BY random() LIMIT 1)
            RETURNING number
            """
        return try row(sql, [numbers[stage], storable(need), "\(others)"])?[0]
    }

    /// Lets all items go that are held for a need.
    package func release(stage: Int, need: String) throws {
        try execute(
            "UPDATE item SET state = 'ready', due = NULL WHERE state = 'waiting' AND stage = ? AND held = ?",
            [numbers[stage], storable(need)])
    }

    /// Notes in how many seconds the items that are held for a need are looked at next.
    package func postpone(stage: Int, need: String, seconds: Int64) throws {
        try execute(
            "UPDATE item SET due = ? WHERE state = 'waiting' AND stage = ? AND held = ?",
            [now + seconds * 1000, numbers[stage], storable(need)])
    }

    /// Lets all go that were held by a driver before: what they need may be to be had by now.
    package func releaseAll() throws {
        try execute("UPDATE item SET state = 'ready', due = NULL WHERE state = 'waiting' AND held IS NOT NULL", [])
    }
}

extension Ledger {
    /// How many items wait for what.
    package func held() throws(Failure) -> [Held] {
        try read { database in
            let sql = """
                SELECT stage.name, held, count(*) FROM item JOIN stage ON stage.number = item.stage
                WHERE held IS NOT NULL GROUP BY item.stage, held ORDER BY item.stage, held
                """
            return try Row.fetchAll(database.cachedStatement(sql: sql)).map {
                Held(stage: $0[0], need: $0[1], count: $0[2])
            }
        }
    }
}
