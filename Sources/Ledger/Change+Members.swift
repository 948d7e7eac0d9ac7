import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Adds a member of a collection that is being expanded, and returns the id that the ledger knows it by; an existing
    /// item is reused.
    func add(member told: Record, of job: Job) throws -> String {
        guard let seq = told.seq,
            let collection = try row(
                "SELECT priority FROM item WHERE number = ? AND claim = ?", [job.item, job.claim])
        else { return told.id }
        let priority: Int = try collection["priority"]
        let (record, number) = try recognised(told)
        let item = try number ?? makeItem(for: record, of: job, priority)
        if number != nil, priority == 0 {
            try execute("UPDATE item SET priority = 0 WHERE number = ? AND priority > 0", [item])
        }
        let isNamedAnew = try keep(aliasesOf: record, item)
        let known = try row(
            "SELECT item, told FROM membership WHERE collection = ? AND seq = ?", [job.item, seq])
        let isSame = try known?["item"] as Int64? == item
        let isKnown = try isSame && known?["told"] as Int? != 2
        if !isSame {
            try execute(
                """
                INSERT INTO membership (collection, seq, item) VALUES (?, ?, ?)
                ON CONFLICT (collection, seq) DO UPDATE SET item = excluded.item, told = 0
                """, [job.item, seq, item])
            if try known?["told"] as Bool? ?? true { membersGained[job.item, default: 0] += 1 }
            if let former: Int64 = try known?["item"] { try forget(row: former) }
        }
        if number != nil, try !wake(item, for: record, of: job, isTold: isKnown && !isNamedAnew) {
            try giveUp(filesOf: told, for: item)
        }
        return record.id
    }

    private func makeItem(for record: Record, of job: Job, _ priority: Int) throws -> Int64 {
        let start = start(of: record, after: job.stage)
        let track = (try? start.line.track) ?? nil
        try execute(
            """
            INSERT INTO item (id, state, stage, lane, priority, outcome, title, artist, line, media_stage, added)
            VALUES (?, 'ready', ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                storable(record.id), numbers[start.index], job.item, priority, start.outcome?.rawValue,
                storable(track?.title), storable(track?.artist), Data(start.line.line),
                mediaStage(of: record, instead: nil, at: job.stage), now
            ])
        return database.lastInsertedRowID
    }

    /// Where a member starts: one that failed in the expansion is retried at the stage where that happened.
    private func start(of record: Record, after stage: Int) -> (line: Record, index: Int, outcome: State?) {
        if record.kind == "error", let request = record.carried { return (request, stage, nil) }
        let outcome: State? = record.kind == "skip" ? .skipped : record.kind == "error" ? .failed : nil
        return (record, route.next(after: stage, kind: record.kind) ?? stage, outcome)
    }

    /// Gives up the files that a member brought along for an item that does without them.
    private func giveUp(filesOf told: Record, for item: Int64) throws {
        guard told["file"] != nil else { return }
        let known = try row("SELECT line FROM item WHERE number = ? AND finished IS NULL", [item])
        let line = try (known?["line"] as Data?).flatMap { try? Record(line: Array($0)) }
        // One that was expanded before a crash has them in use.
        guard line.map({ SpoolName(of: $0.carried ?? $0).stem }) != SpoolName(of: told).stem else { return }
        swept.append(told)
    }

    /// Handles a finished item that a collection names: later stages are told of the membership unless they know it, or the
    /// item is fetched again, from what the record says. Only then it is true.
    private func wake(_ item: Int64, for record: Record, of job: Job, isTold: Bool) throws -> Bool {
        guard
            let known = try row(
                "SELECT state, line FROM item WHERE number = ? AND finished IS NOT NULL", [item]),
            var state = try State(rawValue: known["state"])
        else { return false }
        if state == .cancelled {
            try tellAll(of: item)
            return false
        }
        var last = try (known["line"] as Data?).flatMap { try? Record(line: Array($0)) }
        if state == .failed, last?.carried?.kind == "skip" {
            // It is there, and one list could not be told so.
            (state, last) = (.skipped, last?.innermost)
        }
        let whereabouts = state == .failed ? nil : last.map(route.find)
        if let whereabouts, whereabouts.settles(record), let last, !record.asksAnew(after: last) {
            guard !isTold, let parent = record.parent, let seq = record.seq else { return false }
            try untell(seq, of: job)
            var known = last.carried ?? last
            known.set(aliases: record.aliases)
            let line = known.with(placed: whereabouts.file).announcing(state, parent: parent, seq: seq)
            if let stage = route.next(after: 0, kind: line.kind) {
                try restart(item, line, at: stage, outcome: state)
            } else {
                try tellAll(of: item)
            }
            return false
        }
        var start = start(of: record, after: job.stage)
        if case .wanting = whereabouts, let last { start.line = start.line.taking(fileOf: last) }
        try untell(record.seq, of: job)
        try restart(item, start.line, at: start.index, outcome: start.outcome)
        if let stage = mediaStage(of: record, instead: nil, at: job.stage) {
            try execute("UPDATE item SET media_stage = ? WHERE number = ?", [stage, item])
        }
        return true
    }

    /// Marks a membership as untold, so that the last stage is told again.
    private func untell(_ seq: Int?, of job: Job) throws {
        try execute("UPDATE membership SET told = 0 WHERE collection = ? AND seq = ? AND told <> 0", [job.item, seq])
        if didChange { membersGained[job.item, default: 0] += 1 }
    }

    /// Puts a finished item back on the route.
    func restart(_ item: Int64, _ line: Record, at stage: Int, outcome: State?) throws {
        try untellRefused(of: item)
        try execute(
            """
            UPDATE item SET state = 'ready', finished = NULL, stage = ?, line = ?, outcome = ?, failures = 0, strikes = 0,
                failed_stage = NULL, resume = NULL, resume_stage = NULL
            WHERE number = ? AND finished IS NOT NULL
            """, [numbers[stage], Data(line.line), outcome?.rawValue, item])
    }

    /// Opens an expanded collection: it waits for its members, then goes on as its `done`.
    func open(_ job: Job, _ record: Record) throws -> Fate {
        let title = (try? record.section("collection")?.string("title")) ?? nil
        try execute(
            """
            UPDATE item SET state = 'open', claim = NULL, line = ?, title = ifnull(?, title), alone = 0, strikes = 0,
                failures = 0, members = ifnull(members, 0)
            WHERE number = ? AND claim = ?
            """, [Data(record.line), storable(title), job.item, job.claim])
        guard didChange else { return .void }
        if let last = record["n"]?.integer { try forgetMembers(of: job.item, after: last) }
        membersGained[job.item, default: 0] += 0
        return .open
    }

    /// Drops the memberships after `seq`, for a collection that became shorter.
    private func forgetMembers(of collection: Int64, after seq: Int) throws {
        let statement = try database.cachedStatement(
            sql: "DELETE FROM membership WHERE collection = ? AND seq > ? RETURNING told, item")
        let dropped = try Row.fetchAll(statement, arguments: [collection, seq])
        membersGained[collection, default: 0] -= try dropped.count { try !($0[0] as Bool) }
        for row in dropped { try forget(row: row[1]) }
    }

    /// Forgets a failed row of a list that no list has any more: it was taken out, or it was found by now and is there under
    /// the id of its track.
    private func forget(row item: Int64) throws {
        let lost = try row(
            """
            SELECT id FROM item WHERE number = ? AND state = 'failed' AND id LIKE 'row:track:%'
                AND NOT EXISTS (SELECT 1 FROM membership WHERE membership.item = item.number)
            """, [item])
        guard let lost else { return }
        try note(.cleared, lost["id"], try forget(item))
    }
}
