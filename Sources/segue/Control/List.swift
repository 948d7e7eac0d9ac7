import ArgumentParser
import Display
import DriverKit
import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the items of a pipeline.",
        discussion: """
            In the order in which they were added. With --limit, --after continues behind the last one shown.

              segue list --pipeline Pipelines/library.yaml --state failed
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Option(help: "Only items in this state.")
    var state: State?

    @Option(help: ArgumentHelp("Only the members of this collection.", valueName: "id"))
    var parent: String?

    @Option(help: ArgumentHelp("How many to list, at most.", valueName: "count"))
    var limit = 1000

    @Option(help: ArgumentHelp("Start after this item.", valueName: "id"))
    var after: String?

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit takes a number from 1") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                let parent = try parent.map { text throws(Failure) -> String in
                    if let id = try pipeline.item(text, in: ledger) { return id }
                    return try ItemRequest(Array(text.utf8), first: false).record.id
                }
                for item in try ledger.list(ItemQuery(state: state, parent: parent, after: after, limit: limit)) {
                    output.put(item.json, or: [item.line])
                }
                return 0
            })
    }
}

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one item: its state, and everything that failed on its way.",
        discussion: "  segue show --pipeline Pipelines/library.yaml track:7")

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Argument(help: "Its id, or the reference that it was added as.")
    var id: String

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                guard let item = try pipeline.item(id, in: ledger), let found = try ledger.show(item) else {
                    throw .permanent("no_item", "the ledger has no item \(id); segue list tells what it has")
                }
                let collections = try ledger.collections(of: found.item.id)
                if output.json {
                    output.put(found.item.json(failures: found.failures, collections: collections, line: found.line))
                } else {
                    for line in found.item.description(failures: found.failures, collections: collections) {
                        output.put(line)
                    }
                }
                return 0
            })
    }
}

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count the items of a pipeline by state and stage, and tell how fast it goes and what stands still.",
        discussion: "  segue stats --pipeline Pipelines/library.yaml")

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                let statistics = try Statistics(
                    ledger, pauses: Hosts.pauses(in: pipeline.hostsFolder),
                    isRunning: DriverLock.isHeld(ledger: pipeline.ledger), now: millisecondsSince1970())
                output.put(statistics.json, or: statistics.lines(pipeline.stages.map(\.name)))
                return 0
            })
    }
}
