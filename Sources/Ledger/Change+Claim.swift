import GRDB
import Foundation
import Wire

extension Change {
    /// Makes the items ready whose time has come, at most 5000 per call; true if more may be left.
    ///
    /// An item that would wait longer than it was asked to is made ready too: the clock was wrong, then or now.
    @discardableResult
    package func wake() throws -> Bool {
        try execute(
            """
            UPDATE item SET state = 'ready', due = NULL
            WHERE number IN (
                SELECT number FROM item WHERE state = 'waiting' AND due <= ? AND held IS NULL
                ORDER BY due LIMIT 5000)
            """, [now])
        let count = database.changesCount
        try execute(
            """
            UPDATE item SET state = 'ready', due = NULL
            WHERE number IN (
                SELECT number FROM item INDEXED BY item_asked WHERE state = 'waiting' AND due - pause_ms > ? LIMIT 5000)
            """, [now + Self.smallStep])
        return max(count, database.changesCount) == 5000
    }

    /// A step of the clock, in milliseconds, that is too small to act on.
    private static let smallStep: Int64 = 1000

    /// When the next waiting item is due, in milliseconds since 1970; held items do not count.
    package func nextDue() throws -> Int64? {
        try row("SELECT min(due) AS due FROM item WHERE state = 'waiting' AND held IS NULL", [])?["due"]
    }

    /// Claims as many items for a stage as it has capacity for, in turn from each collection; suspects come first.
    ///
    /// `lane` is the collection whose turn it was, and is advanced; `token` is a claim that no other batch uses.
    package func claim(stage: Int, capacity: inout Capacity, lane: inout Int64, token: Int64) throws -> [Job] {
        var jobs = try suspects(stage, &capacity, token)
        for priority in [0, 1] {
            while capacity.records > 0, let next = try nextLane(stage, priority, &lane) {
                let found = try claim(next.isOnly ? capacity.records : 1, stage, priority, lane, token)
                jobs += found
                capacity.records -= found.count
                if next.isOnly { break }
                guard !found.isEmpty else { throw DatabaseError.disorder }
            }
        }
        return jobs
    }

    /// Suspects, at most one for each idle replica.
    private func suspects(_ stage: Int, _ capacity: inout Capacity, _ token: Int64) throws -> [Job] {
        guard capacity.idle > 0, capacity.records > 0 else { return [] }
        let jobs = try jobs(
            """
            UPDATE item SET state = 'running', claim = ?
            WHERE number IN (SELECT number FROM item WHERE state = 'ready' AND alone = 1 AND stage = ? LIMIT ?)
            """, [token, numbers[stage], capacity.idle], stage)
        for job in jobs { capacity.subtract(job) }
        return jobs
    }

    private func claim(
        _ count: Int, _ stage: Int, _ priority: Int, _ lane: Int64, _ token: Int64
    ) throws -> [Job] {
        try jobs(
            """
            UPDATE item SET state = 'running', claim = ?
            WHERE number IN (
                SELECT number FROM item INDEXED BY item_ready
                WHERE state = 'ready' AND alone = 0 AND stage = ? AND priority = ? AND lane = ? ORDER BY number LIMIT ?)
            """, [token, numbers[stage], priority, lane, count], stage)
    }

    /// Advances to the next collection that has a ready item, and says whether it is the only one.
    private func nextLane(_ stage: Int, _ priority: Int, _ lane: inout Int64) throws -> Lane? {
        let condition = "state = 'ready' AND alone = 0 AND stage = ? AND priority = ? AND lane"
        let next = "SELECT lane FROM item INDEXED BY item_ready WHERE \(condition) > ? ORDER BY lane LIMIT 1"
        let place = [numbers[stage], Int64(priority)]
        guard let found = try row(next, place + [lane]) ?? row(next, place + [-1]) else { return nil }
        lane = try found[0]
        let other =
            try row(next, place + [lane])
            ?? row(
                "SELECT 1 FROM item INDEXED BY item_ready WHERE \(condition) < ? LIMIT 1", place + [lane])
        return Lane(isOnly: other == nil)
    }

    private func jobs(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ stage: Int
    ) throws -> [Job] {
        let columns =
            "number, claim, id, line, alone, title IS NOT NULL, outcome IS NOT NULL, iif(failed_stage IS stage, failures, 0)"
        let statement = try database.cachedStatement(sql: sql + " RETURNING " + columns)
        statement.setUncheckedArguments(StatementArguments(arguments))
        // By their places: looking up names costs more than the statement.
        return try Row.fetchAll(statement).map { row in
            let line: Data = try row[3] ?? Data()
            return try Job(
                item: row[0], claim: row[1], id: row[2], stage: stage, line: [UInt8](line), alone: row[4],
                failures: row[7], isTitled: row[5], isTelling: row[6])
        }.sorted { $0.item < $1.item }
    }

    /// Returns to the queue what a driver had in hand when it died, and returns how many items that were.
    package func recover() throws -> Int {
        try execute("UPDATE item SET state = 'ready', claim = NULL WHERE claim IS NOT NULL", [])
        return database.changesCount
    }
}

/// The collection whose turn it is.
private struct Lane {
    /// Whether no other collection has a ready item.
    let isOnly: Bool
}

extension Capacity {
    /// Subtracts a job; a suspect takes a whole replica.
    package mutating func subtract(_ job: Job) {
        records -= job.alone ? window : 1
        if job.alone { idle -= 1 }
    }
}
