import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Ends a line's way, and its item's unless another collection has yet to be told. If the last stage refused the line, it
    /// is told again as soon as the item is tried again.
    func end(_ job: Job, _ record: Record, _ outcome: State, isRefused: Bool = false) throws -> Fate {
        try tell(record, of: job, isRefused)
        let fate = try settleEnd(job, record, outcome)
        if outcome == .done, !job.isTelling, fate != .void { count("done", bytes: record.fetchedBytes) }
        return fate
    }

    private func settleEnd(_ job: Job, _ record: Record, _ outcome: State) throws -> Fate {
        if try endPlainly(job, record, outcome) { return .ended(outcome) }
        guard
            let item = try row(
                "SELECT outcome, resume FROM item WHERE number = ? AND claim = ?", [job.item, job.claim])
        else { return .void }
        let final = try (item["outcome"] as String?).flatMap(State.init) ?? outcome
        // A retry of a dead letter starts from what it has in the spool.
        let keepsFiles = try (item["resume"] as Data?).flatMap { try? Record(line: Array($0)) }?["file"] != nil
        if !keepsFiles { swept.append(record.innermost) }
        if let other = try untold(job.item, record, final) {
            guard !other.line.isIn(record.parent, at: record.seq) else { throw DatabaseError.disorder }
            try execute(
                """
                UPDATE item SET state = 'ready', stage = ?, claim = NULL, outcome = ?, line = ?, alone = 0, strikes = 0
                WHERE number = ?
                """, [numbers[other.stage], final.rawValue, Data(other.line.line), job.item])
            return .moved(other.stage)
        }
        try finish(job.item, final, line: final == .failed ? record : record.kept, keepsFiles: keepsFiles)
        try noteEnd(of: job.item, record, final)
        return .ended(final)
    }

    /// The common case in one statement: the outcome is new, and no other collection has to be told.
    private func endPlainly(_ job: Job, _ record: Record, _ outcome: State) throws -> Bool {
        guard outcome == .done || outcome == .skipped else { return false }
        try execute(
            """
            UPDATE item SET state = ?, claim = NULL, alone = 0, finished = ?, line = ?
            WHERE number = ? AND claim = ? AND outcome IS NULL AND resume IS NULL AND artwork IS NULL
                AND NOT EXISTS (SELECT 1 FROM membership WHERE item = ? AND told = 0)
            """, [outcome.rawValue, now, Data(record.kept.line), job.item, job.claim, job.item])
        guard didChange else { return false }
        swept.append(record.innermost)
        try noteEnd(of: job.item, record, outcome)
        return true
    }

    /// Records that an item has ended.
    private func finish(_ item: Int64, _ state: State, line: Record, keepsFiles: Bool = false) throws {
        if !keepsFiles { try freeArtwork(of: item) }
        try execute(
            """
            UPDATE item SET state = ?, outcome = NULL, claim = NULL, alone = 0, finished = ?, line = ? WHERE number = ?
            """, [state.rawValue, now, Data(line.line), item])
    }

    /// Gives up an item's spooled picture, whose path goes into `freedArtwork`.
    func freeArtwork(of item: Int64) throws {
        let before = try row("SELECT artwork FROM item WHERE number = ? AND artwork IS NOT NULL", [item])
        guard let artwork: String = try before?["artwork"] else { return }
        freedArtwork.append(artwork)
        try execute("UPDATE item SET artwork = NULL WHERE number = ?", [item])
    }

    /// Records that the last stage knows of a membership, or refused to.
    private func tell(_ record: Record, of job: Job, _ isRefused: Bool) throws {
        guard let parent = record.parent, let seq = record.seq else { return }
        let found = try row(
            """
            UPDATE membership SET told = iif(?, 2, 1)
            WHERE collection = (SELECT number FROM item WHERE id = ?) AND seq = ? AND told = 0
                AND item = (SELECT number FROM item WHERE number = ? AND claim = ?)
            RETURNING collection
            """, [isRefused, storable(parent), seq, job.item, job.claim])
        if let collection: Int64 = try found?["collection"] { membersGained[collection, default: 0] -= 1 }
    }

    /// Marks memberships that the last stage refused as untold, of an item that is tried again.
    func untellRefused(of item: Int64) throws {
        let statement = try database.cachedStatement(
            sql: "UPDATE membership SET told = 0 WHERE item = ? AND told = 2 RETURNING collection")
        for collection in try Int64.fetchAll(statement, arguments: [item]) {
            membersGained[collection, default: 0] += 1
        }
    }

    /// Marks all memberships of an item as told, for one that will send no line of its own.
    func tellAll(of item: Int64) throws {
        let statement = try database.cachedStatement(
            sql: "UPDATE membership SET told = 1 WHERE item = ? AND told = 0 RETURNING collection")
        for collection in try Int64.fetchAll(statement, arguments: [item]) {
            membersGained[collection, default: 0] -= 1
        }
    }

    /// The line that tells later stages of the next untold membership of a finished item, and the stage it goes to.
    func untold(_ item: Int64, _ record: Record, _ outcome: State) throws -> (line: Record, stage: Int)? {
        while let next = try row(
            """
            SELECT collection, seq, (SELECT id FROM item WHERE number = collection) AS parent
            FROM membership WHERE item = ? AND told = 0 LIMIT 1
            """, [item])
        {
            let line = try record.announcing(outcome, parent: next["parent"], seq: next["seq"])
            if let stage = route.next(after: 0, kind: line.kind) { return (line, stage) }
            try execute(
                "UPDATE membership SET told = 1 WHERE collection = ? AND seq = ?",
                [next["collection"] as Int64, next["seq"] as Int])
            guard didChange else { throw DatabaseError.disorder }
            try membersGained[next["collection"], default: 0] -= 1
        }
        return nil
    }

    /// Lets a collection go on once all of its members have ended.
    func closeCollection(_ number: Int64) throws {
        guard
            let item = try row(
                "SELECT line, stage FROM item WHERE number = ? AND state = 'open' AND members = 0", [number]),
            let line: Data = try item["line"], let record = try? Record(line: Array(line)),
            let stage = try index(ofStage: item["stage"])
        else { return }
        guard let next = route.next(after: stage, kind: "done") else {
            try finish(number, .done, line: record)
            closed.append(record)
            try tellEnd(ofList: number, record)
            return try tellAll(of: number)
        }
        try execute(
            "UPDATE item SET state = 'ready', stage = ?, outcome = 'done' WHERE number = ?", [numbers[next], number])
    }
}

extension Record {
    /// What a skip or an error is about; of an error about a skip, what the skip is about.
    var innermost: Record { carried?.innermost ?? self }

    /// Whether it is at this place of this list.
    fileprivate func isIn(_ list: String?, at place: Int?) -> Bool {
        guard let list, let parent else { return false }
        return seq == place && parent.utf8.elementsEqual(list.utf8)
    }

    /// How many bytes the spooled file has that it came with.
    fileprivate var fetchedBytes: Int { self["file"]?.object?["bytes"]?.integer ?? 0 }

    /// What is worth keeping of a finished record: all but where its bytes were.
    fileprivate var kept: Record {
        var kept = self
        kept["media"] = nil
        kept["file"] = nil
        return kept
    }

    /// The line that tells a stage that this finished record belongs to one more collection.
    func announcing(_ outcome: State, parent: String, seq: Int) -> Record {
        // That it is there could not be told to one list: it still is there for the others.
        if kind == "error", let skip = carried, skip.kind == "skip" {
            return skip.announcing(.skipped, parent: parent, seq: seq)
        }
        let inner = carried ?? self
        let child = Record(kind: inner.kind, id: id, parent: parent, seq: seq).taking(membersOf: inner)
        guard outcome == .failed, kind == "error" else { return .skip(child, why: "it is there already") }
        return Record(kind: "error", id: id, parent: parent, seq: seq).taking(membersOf: self, record: child)
    }

    private func taking(membersOf other: Record, record: Record? = nil) -> Record {
        var copy = self
        let names = [
            "stage", "class", "code", "host", "message", "retry_after_s", "aliases", "ref", "track", "media", "file",
            "placed"
        ]
        for name in names { if let value = other[name] { copy[name] = value } }
        if let record { copy["record"] = record.value }
        return copy
    }
}
