import ArgumentParser
import Files
import Glibc
import Ledger
import Wire

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep items back until they are resumed.",
        discussion: """
            What is in hand is dropped, and goes on where it was cut. A pause outlives the driver, and costs no try.

              segue pause --pipeline Pipelines/library.yaml playlist:3
            """)
    @OptionGroup var steering: Steering
    func run() throws { throw ExitCode(steering.run("paused") { try $0.pause($1) }) }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let paused items go on.",
        discussion: "  segue resume --pipeline Pipelines/library.yaml --all")
    @OptionGroup var steering: Steering
    func run() throws { throw ExitCode(steering.run("resumed") { try $0.resume($1) }) }
}

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End items for good, and remove what they have in the spool.",
        discussion: """
            A transfer that runs is stopped. Cancelled items never come back by themselves; segue retry ID undoes it. \
            Members of a cancelled collection that another one wants too go on.

              segue cancel --pipeline Pipelines/library.yaml album:7
            """)
    @OptionGroup var steering: Steering
    func run() throws { throw ExitCode(steering.run("cancelled", sweeps: true) { try $0.cancel($1) }) }
}

struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try again what failed, from the stage where it failed.",
        discussion: """
            Without ids all failed items are tried again. An item that was cancelled is tried again when it is named.

              segue retry --pipeline Pipelines/library.yaml --state failed
            """)
    @OptionGroup var steering: Steering
    func run() throws { throw ExitCode(steering.run("to be tried again") { try $0.retry($1) }) }
}

/// What the commands have in common that change where items stand.
struct Steering: ParsableArguments {
    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(name: [.customShort("n"), .long], help: "Tell how many items it would be, and change nothing.")
    var dryRun = false

    @OptionGroup var selection: SelectionOption

    func run(
        _ word: String, sweeps: Bool = false, _ body: (Change, Selection) throws -> Int
    ) -> Int32 {
        leaving { () throws(Failure) in
            let pipeline = try file.pipeline()
            let ledger = try Ledger(path: pipeline.ledger)
            let selections = try selection.selections(in: ledger)
            let (count, swept) = try ledger.change(now: milliseconds(), road: pipeline.road, keeping: !dryRun) {
                change in
                (try selections.reduce(0) { try $0 + body(change, $1) }, dryRun ? [] : change.swept)
            }
            if sweeps, !swept.isEmpty {
                try SpoolFolder(path: pipeline.absolute(pipeline.spool)).sweep(swept)
            }
            tell(count, word)
            return 0
        }
    }

    private func tell(_ count: Int, _ word: String) {
        guard output.json else { return output.put("\(count) \(word)") }
        var object = JSONObject()
        object["items"] = .integer(count)
        output.put(object.value)
    }
}
