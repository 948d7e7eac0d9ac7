import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Replicas that may die with a record alone before it becomes a dead letter.
    private static let maximumStrikes = 3
    /// How often media may go stale for each try that an item has.
    private static let renewalsPerTry = 10
    /// Seconds that a host is paused for when it does not say how long.
    private static let defaultPause = 30

    func fail(_ job: Job, _ failure: Failure) throws -> Fate {
        switch failure.class {
        case .throttled:
            let pause = Int64(failure.retryAfter ?? Self.defaultPause) * 1000
            return try wait(job, until: now + pause + .random(in: 0...min(pause / 10, 1000)))
        case .config:
            try execute(
                "UPDATE item SET state = 'ready', claim = NULL WHERE number = ? AND claim = ?", [job.item, job.claim])
            return didChange ? .returned : .void
        case .permanent, .crash: return try giveUp(job, failure)
        case .transient, .stale: return try retry(job, failure)
        }
    }

    private func retry(_ job: Job, _ failure: Failure) throws -> Fate {
        let counted = try row(
            """
            UPDATE item SET failures = CASE WHEN failed_stage = ?1 THEN failures + 1 ELSE 1 END, failed_stage = ?1
            WHERE number = ?2 AND claim = ?3 RETURNING failures
            """, [numbers[job.stage], job.item, job.claim])
        guard let failures: Int = try counted?["failures"] else { return .void }
        let backoff = route.stops[job.stage].backoff
        let renewable = failure.class == .stale ? job.record?.renewable : nil
        let renewal = renewable == nil ? nil : try renewal(of: job)
        // A URL that expired while its record waited is no fault of the record; a wrong file may be.
        let isAddress = renewal != nil && renewable?["file"] == nil
        guard failures < backoff.attempts * (isAddress ? Self.renewalsPerTry : 1) else {
            return try giveUp(job, failure)
        }
        try note(failure, of: job.item, at: job.stage)
        let delay = max(backoff.delay(failures: failures), Double(failure.retryAfter ?? 0))
        if let renewal, let renewable {
            let due = isAddress && failures < backoff.attempts ? nil : now + Int64(delay * 1000)
            return try renew(job, renewable, at: renewal, due: due)
        }
        return try wait(job, until: now + Int64(delay * 1000))
    }

    private func wait(_ job: Job, until due: Int64) throws -> Fate {
        try execute(
            """
            UPDATE item SET state = 'waiting', claim = NULL, due = ?, pause_ms = ?, alone = 0
            WHERE number = ? AND claim = ?
            """, [due, due - now, job.item, job.claim])
        return didChange ? .waits(until: due) : .void
    }

    /// Sends an item back to the stage that writes its media, without the stale sections; a stale file would pass as valid.
    private func renew(_ job: Job, _ old: Record, at stage: Int, due: Int64?) throws -> Fate {
        var record = old
        for section in ["media", "file"] { record[section] = nil }
        // The file is not where the skip says.
        if job.record?.kind == "skip" { record["placed"] = nil }
        try execute(
            """
            UPDATE item SET state = ?, due = ?, pause_ms = ?, claim = NULL, stage = ?, line = ?, outcome = NULL
            WHERE number = ? AND claim = ?
            """,
            [
                due == nil ? "ready" : "waiting", due, due.map { $0 - now }, numbers[stage], Data(record.line),
                job.item, job.claim
            ])
        guard didChange else { return .void }
        if old["file"] != nil { swept.append(old) }
        return due.map { .waits(until: $0) } ?? .moved(stage)
    }

    /// Makes an item a dead letter: later stages are told, and its line is kept for a retry.
    private func giveUp(_ job: Job, _ failure: Failure) throws -> Fate {
        let known = try row("SELECT outcome FROM item WHERE number = ? AND claim = ?", [job.item, job.claim])
        guard let known else { return .void }
        try note(failure, of: job.item, at: job.stage)
        let record = job.record ?? Record(kind: "track", id: job.id)
        let hasFailed = try known["outcome"] as String? == State.failed.rawValue
        if !hasFailed {
            count(failure.class.rawValue)
            try execute(
                "UPDATE item SET outcome = 'failed', resume = line, resume_stage = stage WHERE number = ?", [job.item])
        }
        // Only telling a later stage failed.
        if hasFailed || record.kind == "done" { return try end(job, record, .failed, isRefused: true) }
        let letter = Record.error(failure, stage: route.stops[job.stage].name, record: record)
        guard let stage = route.next(after: job.stage, kind: "error") else {
            return try end(job, letter, .failed, isRefused: true)
        }
        try execute(
            """
            UPDATE item SET state = 'ready', claim = NULL, stage = ?, line = ?, alone = 0, strikes = 0 WHERE number = ?
            """, [numbers[stage], Data(letter.line), job.item])
        return .moved(stage)
    }

    /// Makes a record whose replica died a suspect, to be retried alone, and a dead letter after three such deaths.
    func lose(_ job: Job, _ how: String) throws -> Fate {
        let counted = try row(
            """
            UPDATE item SET strikes = strikes + alone, alone = 1 WHERE number = ? AND claim = ? RETURNING strikes
            """, [job.item, job.claim])
        guard let strikes: Int = try counted?["strikes"] else { return .void }
        if strikes >= Self.maximumStrikes {
            return try giveUp(job, Failure(.crash, "crash", "\(strikes) replicas died with it: \(how)"))
        }
        if job.alone { try note(Failure(.crash, "crash", how), of: job.item, at: job.stage) }
        try execute("UPDATE item SET state = 'ready', claim = NULL WHERE number = ?", [job.item])
        return .returned
    }

    func note(_ failure: Failure, of item: Int64, at stage: Int) throws {
        try execute(
            "INSERT INTO failure (item, at, stage, class, code, message, host) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                item, now, numbers[stage], failure.class.rawValue, storable(failure.code.rawValue),
                storable(failure.message), storable(failure.host)
            ])
    }
}

extension Record {
    /// What to start again from when this goes stale: the record itself, or the one that a skip carries; else nil.
    fileprivate var renewable: Record? {
        switch kind {
        case "request", "track": self
        case "skip": carried.flatMap { $0.id.utf8.elementsEqual(id.utf8) ? $0.renewable : nil }
        default: nil
        }
    }
}
