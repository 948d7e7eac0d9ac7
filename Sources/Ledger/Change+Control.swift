import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// What became of a request that a user adds: new, started again after it had ended, or already in the queue.
    package enum Addition: String, Sendable { case added, again, known }

    /// Puts a request in the queue; one that is known and has ended starts again.
    ///
    /// `formerID` is tried where nothing else leads to an item, and is not stored. `isTold` is false for a driver's own
    /// additions, which need no command to report them.
    package func add(
        _ told: Wire.Record, formerID: String? = nil, isCollection: Bool, first: Bool, isTold: Bool = true
    ) throws -> Addition {
        var (request, item) = try recognised(told)
        if item == nil, let formerID, let former = try self.item(knownAs: formerID) {
            (request, item) = try recognised(request, as: former)
        }
        let addition = try item.map { try again($0, request, first) } ?? put(request, isCollection, first)
        if isTold, addition != .known { try note(addition == .added ? .added : .again, request.id, 1) }
        return addition
    }

    private func again(_ item: Int64, _ request: Wire.Record, _ first: Bool) throws -> Addition {
        try keep(aliasesOf: request, item)
        let hasEnded = try row("SELECT 1 FROM item WHERE number = ? AND finished IS NOT NULL", [item]) != nil
        if hasEnded { try restart(item, try leading(request, item), at: 0, outcome: nil) }
        if hasEnded || first {
            try execute("UPDATE item SET priority = ? WHERE number = ?", [first ? 0 : 1, item])
        }
        return hasEnded ? .again : .known
    }

    /// A request by id alone takes over the reference that led to the item before: a link cannot be found by its hash.
    private func leading(_ request: Wire.Record, _ item: Int64) throws -> Wire.Record {
        guard try request.ref?.utf8.elementsEqual(request.id.utf8) == true,
            let line = try row("SELECT line FROM item WHERE number = ?", [item])?["line"] as Data?,
            let last = try? Wire.Record(line: Array(line)), case let known = last.carried ?? last,
            let ref = try known.ref, !request.dropsOptions(of: ref)
        else { return request }
        var leading = request
        leading["ref"] = .string(ref)
        for name in ["track", "offer"] where leading[name] == nil { leading[name] = known[name] }
        return leading
    }

    private func put(_ request: Wire.Record, _ isCollection: Bool, _ first: Bool) throws -> Addition {
        let track = try? (request.carried ?? request).track
        try execute(
            """
            INSERT INTO item (id, state, stage, lane, priority, title, artist, line, added)
            VALUES (?, 'ready', ?, 0, ?, ?, ?, ?, ?)
            """,
            [
                storable(request.id), numbers[0], first ? 0 : 1, storable(track?.title), storable(track?.artist),
                Data(request.line), now
            ])
        let item = database.lastInsertedRowID
        if isCollection { try execute("UPDATE item SET lane = number WHERE number = ?", [item]) }
        try keep(aliasesOf: request, item)
        return .added
    }

    /// Pauses items, of which the driver drops those in hand, and returns how many there were.
    package func pause(_ selection: Selection) throws -> Int {
        if selection == .all { try set("paused", "1") }
        let count = try update(
            "state = 'paused', claim = NULL, due = NULL",
            where: "state IN ('ready', 'running', 'waiting') AND outcome IS NULL", selection)
        return try note(.paused, selection, count)
    }

    /// Lets paused items go on, and returns how many there were.
    package func resume(_ selection: Selection) throws -> Int {
        if selection == .all { try set("paused", nil) }
        return try note(.resumed, selection, try update("state = 'ready'", where: "state = 'paused'", selection))
    }

    /// Cancels items, and returns how many there were. Their spool files are in `swept`, except for items in hand.
    package func cancel(_ selection: Selection) throws -> Int {
        let (condition, arguments) = selection.condition
        let statement = try database.cachedStatement(
            sql: """
                SELECT number, state, line, members FROM item WHERE finished IS NULL AND number > ? AND \(condition)
                ORDER BY number LIMIT 1000
                """)
        var (count, last) = (0, Int64(-1))
        while case let rows = try Row.fetchAll(statement, arguments: StatementArguments([last] + arguments)),
            let end = rows.last
        {
            for item in rows { try cancel(item) }
            let next: Int64 = try end["number"]
            guard next > last else { throw DatabaseError.disorder }
            (count, last) = (count + rows.count, next)
        }
        return try note(.cancelled, selection, count)
    }

    private func cancel(_ item: Row) throws {
        let number: Int64 = try item["number"]
        if try item["state"] as String != State.running.rawValue, let line: Data = try item["line"],
            let record = try? Record(line: Array(line)), record["ref"] == nil || record["media"] != nil
        {
            swept.append(record.innermost)
        }
        try freeArtwork(of: number)
        try tellAll(of: number)
        try execute(
            "UPDATE item SET state = 'cancelled', outcome = NULL, claim = NULL, due = NULL, finished = ? WHERE number = ?",
            [now, number])
        if try item["members"] as Int? != nil { try leave(number) }
    }

    /// Retries failed items, and cancelled ones if they are named, at the stage where they ended; returns how many.
    package func retry(_ selection: Selection) throws -> Int {
        let change = """
            state = 'ready', finished = NULL, outcome = NULL, failures = 0, strikes = 0, failed_stage = NULL, claim = NULL,
            due = NULL, line = ifnull(resume, line), stage = ifnull(resume_stage, stage), resume = NULL, resume_stage = NULL
            """
        var failed = try retry(change, where: "state = 'failed'", selection)
        // Those that the stages behind are yet to be told of count as failed everywhere.
        let told: Selection? =
            switch selection {
            case .state(.failed): .all
            case .state: nil
            case .all, .item: selection
            }
        if let told {
            let guarding = "state IN ('ready', 'running', 'waiting') AND outcome = 'failed' AND resume IS NOT NULL"
            failed += try retry(change, where: guarding, told)
        }
        let isAsked =
            switch selection {
            case .item, .state(.cancelled): true;
            default: false
            }
        let cancelled =
            try isAsked
            ? retry(
                "state = 'ready', finished = NULL, failures = 0, strikes = 0", where: "state = 'cancelled'", selection)
            : 0
        return try note(.retried, selection, failed + cancelled)
    }

    private func retry(_ change: String, where guarding: String, _ selection: Selection) throws -> Int {
        let (condition, arguments) = selection.condition
        let refused = try database.cachedStatement(
            sql: """
                SELECT DISTINCT item FROM membership
                WHERE told = 2 AND item IN (SELECT number FROM item WHERE \(guarding) AND \(condition))
                """)
        for item in try Int64.fetchAll(refused, arguments: StatementArguments(arguments)) {
            try untellRefused(of: item)
        }
        return try reopen(where: guarding, selection) + update(change, where: guarding, selection)
    }

    /// Lets lists whose `done` was refused wait for members that are told again: it goes on after them. Returns how many.
    private func reopen(where guarding: String, _ selection: Selection) throws -> Int {
        let (condition, arguments) = selection.condition
        let statement = try database.cachedStatement(
            sql: """
                SELECT number, resume, resume_stage FROM item
                WHERE \(guarding) AND \(condition) AND members IS NOT NULL AND finished IS NOT NULL AND resume IS NOT NULL
                """)
        var count = 0
        for list in try Row.fetchAll(statement, arguments: StatementArguments(arguments)) {
            guard let stage = try index(ofStage: list["resume_stage"]), stage > 0,
                let done = try? Record(line: Array(list["resume"] as Data)), done.kind == "done"
            else { continue }
            let number: Int64 = try list["number"]
            try restart(number, done, at: stage - 1, outcome: nil)
            // Only what is in hand may be opened.
            try execute("UPDATE item SET state = 'running', claim = -1 WHERE number = ?", [number])
            try execute("UPDATE item SET state = 'open', claim = NULL WHERE number = ?", [number])
            membersGained[number, default: 0] += 0
            count += 1
        }
        return count
    }

    /// Whether the whole queue is paused.
    package func isPaused() throws -> Bool { try row("SELECT 1 FROM setting WHERE name = 'paused'", []) != nil }

    /// The value of a setting; nil if it is not set.
    package func setting(_ name: String) throws -> String? {
        try row("SELECT value FROM setting WHERE name = ?", [name])?["value"]
    }

    /// Stores a setting; nil removes it.
    package func set(_ setting: String, _ value: String?) throws {
        guard let value else { return try execute("DELETE FROM setting WHERE name = ?", [setting]) }
        try execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [setting, value])
    }

    /// Removes all settings whose names begin with `prefix`.
    func forgetSettings(startingWith prefix: String) throws {
        try execute("DELETE FROM setting WHERE substr(name, 1, length(?1)) = ?1", [prefix])
    }

    /// A cancelled collection no longer waits for its members.
    private func leave(_ collection: Int64) throws {
        try execute("UPDATE item SET members = 0 WHERE number = ?", [collection])
        try execute("UPDATE membership SET told = 1 WHERE told <> 1 AND collection = ?", [collection])
        membersGained[collection] = nil
    }

    private func update(_ change: String, where guarding: String, _ selection: Selection) throws -> Int {
        let (condition, arguments) = selection.condition
        let statement = try database.cachedStatement(
            sql: "UPDATE item SET \(change) WHERE \(guarding) AND \(condition)")
        try statement.execute(arguments: StatementArguments(arguments))
        return database.changesCount
    }
}

extension Wire.Record {
    /// Whether a list is requested again without the options that it had; a track keeps those of its list.
    fileprivate func dropsOptions(of ref: String) -> Bool {
        guard let reference = Reference(ref) else { return false }
        return reference.options != nil && reference.kind != .track
    }
}
