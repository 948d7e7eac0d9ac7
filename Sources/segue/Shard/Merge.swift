import ArgumentParser
import Display
import DriverKit
import Ledger
import PipelineFiles
import Processes
import Wire

/// Books outcomes of shards in the ledger and the catalogue.
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Book the outcomes that shards printed.",
        discussion: """
            Brings each item as far as its outcome says, and then runs the stages from the one that books in the \
            catalogue on. Outcomes may come in any order and more than once: of several for one item, a finished record \
            counts more than a failure, and a failure more than what was left undone.

              segue merge --pipeline Pipelines/library.yaml outcomes-*
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Argument(help: ArgumentHelp("Files with outcomes; none, or -: stdin.", valueName: "file"), completion: .file())
    var files: [String] = []

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let found = try pipeline.foundStages()
                let plan = pipeline.plan(of: found)
                let ledger = try Ledger(path: plan.ledger)
                let merge = try OutcomeMerge(found, plan.route, ledger)
                for file in files.isEmpty ? ["-"] : files { try merge.read(file, tell: complain) }
                tell(merge)
                let status = try book(plan, from: found.booking, ledger)
                let isFlawed = merge.refused > 0 || merge.counts[.unknown] != nil
                // What failed is booked like all else.
                return [0, ExitStatus.failed.rawValue].contains(status)
                    ? isFlawed ? ExitStatus.failed.rawValue : 0 : status
            })
    }

    /// Runs the stages from the catalogue's on, unless a driver does.
    private func book(_ plan: DriverPlan, from booking: Int, _ ledger: Ledger) throws(Failure) -> Int32 {
        guard booking < plan.stages.count else { return 0 }
        guard !DriverLock.isHeld(ledger: plan.ledger) else {
            complain("a driver runs: the stages behind the shards are left to it")
            return 0
        }
        let monitor = Monitor(stages: plan.stages.map(\.name), isQuiet: true)
        defer { monitor.leave() }
        let plan = plan.limited(to: Set(booking..<plan.stages.count))
        return try Driver.open(plan, ledger, outlet: monitor.outlet, isWatched: monitor.isLive).run(monitor.look)
    }

    private func tell(_ merge: OutcomeMerge) {
        let counts: [(name: String, words: String, count: Int)] = [
            ("booked", "booked", merge.counts[.booked] ?? 0), ("known", "known already", merge.counts[.known] ?? 0),
            ("left", "left to be done", merge.counts[.left] ?? 0),
            ("cancelled", "cancelled meanwhile", merge.counts[.cancelled] ?? 0),
            ("unknown", "not in the queue", merge.counts[.unknown] ?? 0), ("refused", "no outcomes", merge.refused)
        ]
        if output.json {
            var object = JSONObject()
            for count in counts { object[count.name] = .integer(count.count) }
            return output.put(object.value)
        }
        let words = counts.filter { $0.count > 0 || $0.name == "booked" }.map { "\($0.count) \($0.words)" }
        output.put(words.joined(separator: ", "))
    }
}
