import Files
import GRDB
import Wire

/// Items that wait at a stage for a host or catalog that refused them.
package struct Held: Equatable, Sendable {
    package let stage: String
    /// The host, or the catalog by its name.
    package let need: String
    /// How many items.
    package let count: Int
}

extension Change {
    /// Holds an item until what it needs is available again, and notes the reason once; it costs no try.
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

    /// Releases one held item, which probes its need on behalf of the rest, and returns its number; nil when there is none.
    ///
    /// It is picked at random, since neighbours may be refused for the same reason, and is none of the numbers in `others`.
    package func probe(stage: Int, need: String, excluding others: [Int64]) throws -> Int64? {
        let sql = """
            UPDATE item SET state = 'ready', due = NULL WHERE number = (
                SELECT number FROM item WHERE state = 'waiting' AND stage = ? AND held = ?
                    AND number NOT IN (SELECT value FROM json_each(?))
                ORDER BY random() LIMIT 1)
            RETURNING number
            """
        return try row(sql, [numbers[stage], storable(need), "\(others)"])?[0]
    }

    /// Releases all items that are held for a need.
    package func release(stage: Int, need: String) throws {
        try execute(
            "UPDATE item SET state = 'ready', due = NULL WHERE state = 'waiting' AND stage = ? AND held = ?",
            [numbers[stage], storable(need)])
    }

    /// Sets in how many seconds the items that are held for a need are looked at next.
    package func postpone(stage: Int, need: String, seconds: Int64) throws {
        try execute(
            "UPDATE item SET due = ? WHERE state = 'waiting' AND stage = ? AND held = ?",
            [now + seconds * 1000, numbers[stage], storable(need)])
    }

    /// Releases all items that an earlier driver held: what they need may be available by now.
    package func releaseAll() throws {
        try execute("UPDATE item SET state = 'ready', due = NULL WHERE state = 'waiting' AND held IS NOT NULL", [])
    }
}

extension Ledger {
    /// How many items are held at each stage for each need, in that order.
    package func held() throws(Failure) -> [Held] {
        try read { database in
            let sql = """
                SELECT stage.name, held, count(*) FROM item JOIN stage ON stage.number = item.stage
                WHERE held IS NOT NULL GROUP BY item.stage, held ORDER BY item.stage, held
                """
            return try Row.fetchAll(database.cachedStatement(sql: sql)).map {
                try Held(stage: $0[0], need: $0[1], count: $0[2])
            }
        }
    }
}
