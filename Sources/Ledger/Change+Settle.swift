import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Records the answer for an item in hand.
    ///
    /// `next` may give a claim for the stage that it goes to, by index; then the job for that stage comes back too.
    package func settle(
        _ job: Job, _ answer: Answer, next: (Int) -> Int64? = { _ in nil }
    ) throws -> (fate: Fate, job: Job?) {
        switch answer {
        case .final(let record):
            let passed = try pass(job, record, next)
            if record.kind == "skip", !job.isTelling, passed.fate != .void { count("skipped") }
            return passed
        case .member(let record):
            return (.joined(try add(member: record, of: job)), nil)
        case .failed(let failure): return (try fail(job, failure), nil)
        case .held(let failure, let need, let due): return (try hold(job, for: need, failure, until: due), nil)
        case .lost(let how): return (try lose(job, how), nil)
        case .returned: return (try giveBack(job), nil)
        }
    }

    private func pass(_ job: Job, _ record: Record, _ next: (Int) -> Int64?) throws -> (fate: Fate, job: Job?) {
        if record.kind == "done", !job.isTelling {
            let isAsItWas = record["unchanged"]?.boolean == true
            return (try isAsItWas ? stay(job, record) : open(job, record), nil)
        }
        let outcome: State? =
            switch record.kind {
            case "skip": .skipped
            case "error": .failed
            default: nil
            }
        guard let stage = route.next(after: job.stage, kind: record.kind) else {
            return (try end(job, record, outcome ?? .done), nil)
        }
        let token = outcome == nil ? next(stage) : nil
        let track = job.isTitled ? nil : (try? record.track) ?? nil
        try execute(
            """
            UPDATE item SET state = ?, stage = ?, claim = ?, line = ?, outcome = ifnull(outcome, ?), title = ifnull(?, title),
                artist = ifnull(?, artist), artwork = ifnull(?, artwork), media_stage = ifnull(?, media_stage),
                failures = CASE WHEN failed_stage = ? THEN 0 ELSE failures END, strikes = 0, alone = 0
            WHERE number = ? AND claim = ?
            """,
            [
                token == nil ? "ready" : "running", numbers[stage], token, Data(record.line), outcome?.rawValue,
                storable(track?.title), storable(track?.artist), artwork(job, record),
                mediaStage(of: record, instead: job.record, at: job.stage), numbers[job.stage], job.item, job.claim
            ])
        guard didChange else { return (.void, nil) }
        let onward = try token.map { token in
            Job(
                item: job.item, claim: token, id: job.id, stage: stage, line: Array(record.line), record: record,
                failures: try route.stops[stage].wantsTries ? failures(of: job.item, at: stage) : 0,
                isTitled: job.isTitled || track?.title != nil, isTelling: job.isTelling)
        }
        return (.moved(stage), onward)
    }

    /// Ends a list that is as it was: its members and the later stages have nothing to do.
    private func stay(_ job: Job, _ record: Record) throws -> Fate {
        try execute(
            """
            UPDATE item SET state = 'done', claim = NULL, alone = 0, strikes = 0, failures = 0, finished = ?, line = ?
            WHERE number = ? AND claim = ?
            """, [now, Data(record.line), job.item, job.claim])
        return didChange ? .ended(.done) : .void
    }

    private func failures(of item: Int64, at stage: Int) throws -> Int {
        let sql = "SELECT iif(failed_stage IS ?, failures, 0) FROM item WHERE number = ?"
        return try row(sql, [numbers[stage], item])?[0] ?? 0
    }

    /// The path of the picture that a stage brought for the item; nil if it is not new.
    private func artwork(_ job: Job, _ record: Record) -> String? {
        guard record["file"] != nil, let path = (try? record.file)?.artwork?.path else { return nil }
        return (try? job.record?.file)?.artwork?.path == path ? nil : path
    }

    private func giveBack(_ job: Job) throws -> Fate {
        try execute(
            "UPDATE item SET state = 'ready', claim = NULL WHERE number = ? AND claim = ?", [job.item, job.claim])
        return didChange ? .returned : .void
    }
}
