import Files
import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

/// One run of a shard: the records on stdin go through the stages before the catalogue's, with a ledger and a spool of
/// their own, and each has one outcome on stdout.
package final class ShardRun {
    /// The stages that it runs, by their names.
    package var stages: [String] { plan.stages.map(\.name) }
    private let plan: DriverPlan
    private let lines: ShardLines

    /// Makes a shard of a pipeline with these stages, in a folder that is its own.
    ///
    /// The limits of hosts are kept by `machines` machines together.
    ///
    /// - Throws: `no_catalogue` (`config`) where the library has none: an empty folder looks like one that is not mounted.
    package init(
        _ pipeline: Pipeline, _ found: [FoundStage], in folder: String, machines: Int
    ) throws(Failure) {
        plan = try pipeline.shardPlan(of: found, in: folder, machines: machines)
        lines = ShardLines(plan.route)
    }

    /// Works until each line of stdin has its outcome. The exit status is 0, `nothing` if there were records and nothing
    /// could be done for any of them, or 75 when it was told to stop.
    ///
    /// - Throws: what ``Driver/run(_:)`` throws.
    package func run(nothing: Int32, _ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        let ledger = try Ledger(path: plan.ledger, isTemporary: true)
        let driver = try Driver.open(plan, ledger, shard: lines)
        _ = try driver.run(tell)
        guard !lines.outlet.isClosed else { return ExitStatus.later.rawValue }
        let reason = driver.reason
        try lines.answerRest { record throws(Failure) in try Self.fate(of: record, in: ledger, reason) }
        guard !driver.wasStopped else { return ExitStatus.later.rawValue }
        try lines.refuseRest(reason)
        let isNothing = lines.counts[.left] != nil && lines.counts[.done] == nil && lines.counts[.failed] == nil
        return isNothing ? nothing : 0
    }

    /// The last word on a record that is not at its end: it failed, and only stages that follow were not told; or it has to
    /// be done elsewhere or later, for a reason of its own or that of the shard.
    private static func fate(of record: Record, in ledger: Ledger, _ reason: Failure) throws(Failure) -> Record {
        let found = try ledger.show(record.id)
        if let found, found.item.state.isFinal, let last = try? Record(line: found.line) { return last }
        guard let last = found?.failures.last(where: { $0.failureClass == Failure.Class.config.rawValue }),
            let stage = found?.item.stage
        else {
            return .error(reason, stage: ShardLines.name, record: record)
        }
        let failure = Failure.config(Failure.Code(rawValue: last.code), last.message, host: last.host)
        return .error(failure, stage: stage, record: record)
    }
}

extension Driver {
    /// The driver of a shard, whose items come on stdin and are forgotten when they have their outcome.
    static func open(_ plan: DriverPlan, _ ledger: Ledger, shard: ShardLines) throws(Failure) -> Driver {
        let lock = try DriverLock(ledger: plan.ledger)
        if let presence = plan.presence {
            try presence.recall(in: ledger)
            if let absence = presence.absence { throw absence }
        }
        try Hosts.set(plan.limits(now: millisecondsSince1970()), in: plan.hostsFolder)
        let driver = try Driver(plan, ledger, lock, shard, Observers(outlet: shard.outlet, isThere: false))
        driver.shard = shard
        return driver
    }

    var wasStopped: Bool { stopping.isAsked }

    /// Why something was left: class `config`, which costs a record nothing.
    fileprivate var reason: Failure {
        if wasStopped { return .config("stopped", "the shard was told to stop") }
        let trouble = engine.pools.first { $0.trouble != nil }
        guard let trouble, let failure = trouble.trouble else {
            return .config("unfinished", "the shard came to its end before it")
        }
        return .config(failure.code, "the stage \(trouble.plan.name) is halted: \(failure.message)", host: failure.host)
    }
}
