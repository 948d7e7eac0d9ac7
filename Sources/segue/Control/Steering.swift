import ArgumentParser
import DriverKit
import Files
import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

struct Pause: ParsableCommand, ChoosingCommand {
    static let states = [State.ready, .running, .waiting]
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause items until they are resumed.",
        discussion: """
            Transfers in progress are dropped, and resume later where they stopped. A pause outlives the driver, and costs no try.

              segue pause --pipeline Pipelines/library.yaml playlist:3
            """)
    @OptionGroup var steering: Steering<Pause>
    func run() throws { throw ExitCode(steering.run("paused") { try $0.pause($1) }) }
}

struct Resume: ParsableCommand, ChoosingCommand {
    static let states = [State.paused]
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume paused items.",
        discussion: "  segue resume --pipeline Pipelines/library.yaml --all")
    @OptionGroup var steering: Steering<Resume>
    func run() throws { throw ExitCode(steering.run("resumed") { try $0.resume($1) }) }
}

struct Cancel: ParsableCommand, ChoosingCommand {
    static let states = State.allCases.filter { !$0.isFinal }
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel items, and remove their files from the spool.",
        discussion: """
            A running transfer is stopped. Cancelled items do not come back by themselves; segue retry ID undoes it. \
            Members of a cancelled collection that another collection needs continue.

              segue cancel --pipeline Pipelines/library.yaml album:7
            """)
    @OptionGroup var steering: Steering<Cancel>
    func run() throws { throw ExitCode(steering.run("cancelled", sweeps: true) { try $0.cancel($1) }) }
}

struct Retry: ParsableCommand, ChoosingCommand {
    static let states = [State.failed, .cancelled]
    static let standard: Selection? = .state(.failed)
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Retry failed items, from the stage where they failed.",
        discussion: """
            With nothing named, everything that failed is retried. Cancelled items are retried only if they are named, or \
            with --state cancelled. A running driver takes them at once, else the next segue run does.

              segue retry --pipeline Pipelines/library.yaml
            """)
    @OptionGroup var steering: Steering<Retry>
    func run() throws { throw ExitCode(steering.run(tell) { try $0.retry($1) }) }

    private func tell(_ count: Int, _ pipeline: Pipeline) -> String {
        guard count > 0 else { return "0 to be tried again: \(nothing)" }
        if steering.dryRun { return "\(count) to be tried again" }
        let isRunning = DriverLock.isHeld(ledger: pipeline.ledger)
        return "\(count) to be tried again; \(isRunning ? "the driver that runs" : "segue run") takes them up"
    }

    private var nothing: String {
        steering.selection.ids.isEmpty && steering.selection.state?.state != .cancelled
            ? "nothing failed" : "none of it failed or was cancelled"
    }
}

/// What the commands that change the state of items have in common.
struct Steering<Command: ChoosingCommand>: ParsableArguments {
    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(name: [.customShort("n"), .long], help: "Say how many items it would be, and change nothing.")
    var dryRun = false

    @OptionGroup var selection: SelectionOption<Command>

    func run(_ word: String, sweeps: Bool = false, _ body: (Change, Selection) throws -> Int) -> Int32 {
        run(
            { count, _ in count > 0 || selection.all ? "\(count) \(word)" : "0 \(word): none of it is \(states)" },
            sweeps: sweeps, body)
    }

    private var states: String {
        let names = Command.states.map(\.rawValue)
        return names.dropLast().joined(separator: ", ") + (names.count > 1 ? " or " : "") + (names.last ?? "")
    }

    /// Runs the command; `text` says for people how many items it was for.
    func run(
        _ text: (Int, Pipeline) -> String, sweeps: Bool = false, _ body: (Change, Selection) throws -> Int
    ) -> Int32 {
        leaving { () throws(Failure) in
            let pipeline = try file.pipeline()
            let ledger = try Ledger(path: pipeline.ledger)
            let selections = try selection.selections(in: ledger, of: pipeline)
            let (count, swept) = try ledger.change(
                now: millisecondsSince1970(), route: pipeline.route, keeping: !dryRun
            ) {
                change in
                (try selections.reduce(0) { try $0 + body(change, $1) }, dryRun ? [] : change.swept)
            }
            if sweeps, !swept.isEmpty {
                try SpoolFolder(path: pipeline.absolute(pipeline.spool)).sweep(swept)
            }
            output.put(JSON.items(count), or: [text(count, pipeline)])
            return 0
        }
    }
}

extension JSON {
    /// How many items a command was for.
    static func items(_ count: Int) -> JSON {
        var object = JSONObject()
        object["items"] = .integer(count)
        return object.value
    }
}
