import Foundation
import GRDB
import Wire

extension Change {
    /// What became of a line that a shard wrote about an item.
    package enum Merged: Sendable {
        /// The item goes on behind the stages that the shard ran.
        case booked
        /// The item has come as far already, or is a list.
        case known
        /// The shard did not get it done: it is due, as it was.
        case left
        /// A user cancelled it meanwhile.
        case cancelled
        /// There is no such item.
        case unknown
    }

    /// Books what a shard made of an item, as if the stages before `stop` had answered here; `stop` is 1 or more.
    ///
    /// The order of the lines of one item is no matter, nor how often they come: the one that says most counts.
    package func merge(_ told: Wire.Record, before stop: Int) throws -> Merged {
        let rank = OutcomeRank(of: told)
        guard let number = try item(knownAs: told.id), let item = try merging(number) else { return .unknown }
        if item.state == .cancelled { return .cancelled }
        guard rank > .left else { return item.isCollection || reached(item, stop) > .left ? .known : .left }
        guard !item.isCollection, rank > reached(item, stop) else { return .known }
        let outcome = told.known(as: item.id)
        if rank == .failed { try bury(number, outcome, before: stop) } else { try revive(number) }
        try execute("UPDATE item SET state = 'running', claim = ?, alone = 0 WHERE number = ?", [Self.claim, number])
        // What it is the answer to has the same media and pictures: where a shard put them is no matter here.
        let job = Job(
            item: number, claim: Self.claim, id: item.id, stage: stop - 1, line: Array(outcome.line), record: outcome)
        _ = try settle(job, .final(outcome))
        return .booked
    }

    /// A claim that lasts no longer than the transaction.
    private static let claim: Int64 = -1

    /// How far the ledger has brought an item.
    private func reached(_ item: MergingItem, _ stop: Int) -> OutcomeRank {
        switch item.outcome ?? item.state {
        case .failed: .failed
        case .done, .skipped: .done
        default: (index(ofStage: item.stage) ?? 0) >= stop ? .done : .left
        }
    }

    /// Makes an item a dead letter that a retry starts from where the item is.
    private func bury(_ number: Int64, _ letter: Wire.Record, before stop: Int) throws {
        let stage = route.stops.firstIndex { $0.name == letter["stage"]?.string } ?? stop - 1
        try note(Failure(told: letter), of: number, at: stage)
        try execute(
            """
            UPDATE item SET state = 'ready', claim = NULL, due = NULL, outcome = 'failed', resume = line,
                resume_stage = stage
            WHERE number = ?
            """, [number])
    }

    /// Brings an item back that waits, was paused, is in hand or failed.
    private func revive(_ number: Int64) throws {
        try untellRefused(of: number)
        try execute(
            """
            UPDATE item SET state = 'ready', claim = NULL, due = NULL, finished = NULL, outcome = NULL, failures = 0,
                strikes = 0, failed_stage = NULL, resume = NULL, resume_stage = NULL
            WHERE number = ?
            """, [number])
    }

    private func merging(_ number: Int64) throws -> MergingItem? {
        try row("SELECT id, state, outcome, stage, lane FROM item WHERE number = ?", [number]).map { row in
            try MergingItem(
                id: row[0], state: State(rawValue: row[1]) ?? .ready, outcome: (row[2] as String?).flatMap(State.init),
                stage: row[3], isCollection: row[4] as Int64 == number)
        }
    }
}

/// An item that a line of a shard is about.
private struct MergingItem {
    let id: String
    let state: State
    /// How it will end, once the remaining stages know.
    let outcome: State?
    /// By its number.
    let stage: Int64
    let isCollection: Bool
}

extension Failure {
    /// The failure that an `error` record tells; one of an unknown class is tried again, and nobody waits longer than a
    /// month.
    package init(told error: Wire.Record) {
        self.init(
            error["class"]?.string.flatMap(Failure.Class.init) ?? .transient,
            Code(rawValue: error["code"]?.string ?? "unknown"), error["message"]?.string ?? "it did not say why",
            host: error["host"]?.string,
            retryAfter: error["retry_after_s"]?.integer.map { min(max($0, 0), Self.longestPause) })
    }

    /// In seconds.
    private static let longestPause = 86_400 * 30
}
