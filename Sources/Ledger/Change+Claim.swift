import GRDB
import Foundation
import Wire

extension Change {
    /// Makes everything ready whose time has come, or as much of it as one turn can bear: then it answers true.
    @discardableResult
    package func wake() throws -> Bool {
        try execute(
            """
            UPDATE item SET state = 'ready', due = NULL
            WHERE number IN (SELECT number FROM item WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT 5000)
            """, [now])
        return database.changesCount == 5000
    }

    /// When the next item's time comes, in milliseconds since 1970.
    package func nextDue() throws -> Int64? {
        try row("SELECT min(due) AS due FROM item WHERE state = 'waiting'", [])?["due"]
    }

    /// Claims up to as many items for a stage as it has room for, collections taking turns.
    ///
    /// `lane` is where the turn stands, and moves on; `token` makes claims that no other run made.
    package func claim(stage: Int, room: inout Room, lane: inout Int64, token: () -> Int64) throws -> [Job] {
        var jobs: [Job] = []
        for priority in room.records > 0 ? [0, 1] : [] {
            while room.records > 0, let job = try claim(stage, priority, &lane, alone: room.idle > 0, token()) {
                room.take(job)
                jobs.append(job)
            }
        }
        return jobs
    }

    private func claim(
        _ stage: Int, _ priority: Int, _ lane: inout Int64, alone: Bool, _ token: Int64
    ) throws -> Job? {
        for start in [lane, -1] {
            let found = try row(
                """
                UPDATE item SET state = 'running', claim = ?
                WHERE number = (
                    SELECT number FROM item INDEXED BY item_ready
                    WHERE state = 'ready' AND stage = ? AND priority = ? AND lane > ? AND alone <= ?
                    ORDER BY lane, number LIMIT 1)
                RETURNING number, id, lane, line, alone, title IS NOT NULL AS titled,
                    outcome IS NOT NULL AS telling
                """, [token, numbers[stage], priority, start, alone])
            guard let found else { continue }
            // By their places: looking up names costs more than the statement.
            lane = found[2]
            let line: Data = found[3] ?? Data()
            return Job(
                item: found[0], claim: token, id: found[1], stage: stage, line: [UInt8](line), alone: found[4],
                isTitled: found[5], isTelling: found[6])
        }
        return nil
    }

    /// After a driver that ended without a word: nobody has anything in hand.
    package func recover() throws -> Int {
        try execute("UPDATE item SET state = 'ready', claim = NULL WHERE claim IS NOT NULL", [])
        return database.changesCount
    }
}

extension Room {
    /// A suspect takes all that a replica has room for.
    package mutating func take(_ job: Job) {
        records -= job.alone ? window : 1
        if job.alone { idle -= 1 }
    }
}
