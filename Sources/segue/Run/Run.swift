import ArgumentParser
import Display
import DriverKit
import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

/// Runs a pipeline until nothing is due.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pipeline until nothing is due.",
        discussion: """
            Adds the references, if any, to the pipeline's ledger and works until everything in it has ended. \
            Interrupted work continues at the next run; what failed is retried by itself when its time has come.

              segue run --pipeline Pipelines/library.yaml playlist:3 album:7
              segue run --pipeline Pipelines/library.yaml - < references.txt
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var jail: JailOption

    @Flag(help: "Put them at the front of the queue.")
    var first = false

    @Option(
        help: ArgumentHelp(
            "Run only these stages, separated by commas; what is at another one stays there.", valueName: "stages"))
    var only: String?

    @Flag(name: .shortAndLong, help: "Say only what went wrong.")
    var quiet = false

    @Flag(help: "Print events on stdout as JSON, one per line.")
    var json = false

    @Argument(help: ArgumentHelp("What to add: references, or - for a list of them on stdin.", valueName: "ref"))
    var references: [String] = []

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try jail.held(file.pipeline())
                let found = try pipeline.foundStages()
                let plan = try limited(pipeline.plan(of: found), found)
                let catalogs = KnownCatalogs(found)
                let requests = try references.filter { $0 != "-" }.map { reference throws(Failure) in
                    try catalogs.request(Array(reference.utf8), first: first, tell: complain)
                }
                let monitor = Monitor(stages: plan.stages.map(\.name), isQuiet: quiet, json: json)
                defer { monitor.leave() }
                let reader = references.contains("-") ? RequestReader(first: first, catalogs, tell: monitor.say) : nil
                return try Self.work(off: plan, adding: requests, reader, monitor)
            })
    }

    private func limited(_ plan: DriverPlan, _ found: [FoundStage]) throws(Failure) -> DriverPlan {
        guard let only else { return plan.watching(for: try file.pipeline()) }
        let names = found.map(\.stage.name)
        return plan.limited(
            to: Set(
                try only.split(separator: ",").map { word throws(Failure) in
                    if let index = names.firstIndex(of: String(word)) { return index }
                    throw .permanent(
                        "no_stage", "there is no stage \(word); the stages are \(names.joined(separator: ", "))")
                }))
    }

    /// Adds the requests, and works until nothing is due; returns the exit status.
    static func work(
        off plan: DriverPlan, adding requests: [ItemRequest], _ reader: RequestReader?, _ monitor: Monitor
    ) throws(Failure) -> Int32 {
        let ledger = try Ledger(path: plan.ledger)
        let driver = try Driver.open(
            plan, ledger, adding: requests, reader, outlet: monitor.outlet, isWatched: monitor.isLive)
        return try driver.run(monitor.look)
    }
}
