import Foundation
import GRDB
import Wire

extension Change {
    /// Books what came of an item in hand. `next` may take it on at once for its next stage.
    package func settle(
        _ job: Job, _ answer: Answer, next: (Int) -> Int64? = { _ in nil }
    ) throws -> (fate: Fate, job: Job?) {
        switch answer {
        case .final(let record): return try pass(job, record, next)
        case .member(let record):
            try add(member: record, of: job)
            return (.returned, nil)
        case .failed(let failure): return (try fail(job, failure), nil)
        case .lost(let how): return (try lose(job, how), nil)
        case .returned: return (try giveBack(job), nil)
        }
    }

    private func pass(_ job: Job, _ record: Record, _ next: (Int) -> Int64?) throws -> (fate: Fate, job: Job?) {
        if record.kind == "done", !job.isTelling { return (try open(job, record), nil) }
        try describe(job, record)
        let outcome: State? =
            switch record.kind {
            case "skip": .skipped
            case "error": .failed
            default: nil
            }
        guard let stage = road.next(after: job.stage, kind: record.kind) else {
            return (try end(job, record, outcome ?? .done), nil)
        }
        let token = outcome == nil ? next(stage) : nil
        try execute(
            """
            UPDATE item SET state = ?, stage = ?, claim = ?, line = ?, outcome = ifnull(outcome, ?),
                failures = CASE WHEN failed_stage = ? THEN 0 ELSE failures END, strikes = 0, alone = 0
            WHERE number = ? AND claim = ?
            """,
            [
                token == nil ? "ready" : "running", numbers[stage], token, Data(record.line), outcome?.rawValue,
                numbers[job.stage], job.item, job.claim
            ])
        guard didChange else { return (.void, nil) }
        let onward = token.map {
            Job(item: job.item, claim: $0, id: job.id, stage: stage, line: Array(record.line), isTitled: true)
        }
        return (.moved(stage), onward)
    }

    /// What the item is called, and the picture that it needs, once that is known.
    private func describe(_ job: Job, _ record: Record) throws {
        if !job.isTitled, let track = try? record.track {
            try execute(
                "UPDATE item SET title = ?, artist = ? WHERE number = ? AND claim = ?",
                [storable(track.title), storable(track.artist), job.item, job.claim])
        }
        if let path = try? record.file?.artwork?.path, (try? job.record?.file?.artwork?.path) == nil {
            try execute("UPDATE item SET artwork = ? WHERE number = ? AND claim = ?", [path, job.item, job.claim])
        }
    }

    private func giveBack(_ job: Job) throws -> Fate {
        try execute(
            "UPDATE item SET state = 'ready', claim = NULL WHERE number = ? AND claim = ?", [job.item, job.claim])
        return didChange ? .returned : .void
    }
}

extension Job {
    /// What the item's stage got.
    package var record: Wire.Record? { try? Record(line: line) }
}

/// The text without NUL, at which SQLite's readers would cut it.
func storable(_ text: String?) -> String? {
    guard let text, text.utf8.contains(0) else { return text }
    return String(decoding: text.utf8.map { $0 == 0 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
}
