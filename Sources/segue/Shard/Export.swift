import ArgumentParser
import Ledger
import PipelineFiles
import Processes
import Wire

/// Prints the records of a pipeline's queue.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the records of the queue, one per line.",
        discussion: """
            Changes nothing: what is printed stays due, and what two exports print may be worked on twice, with the same \
            result. Lists are left out, since each has to be expanded first.

              segue export --pipeline Pipelines/library.yaml --ready > records
            """)

    @OptionGroup var file: PipelineOption

    @Flag(help: "Only what is due at a stage before the one that books in the catalogue.")
    var ready = false

    /// Items that are read at once.
    private static let page = 1000

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let exported: Ledger.Exported =
                    ready
                    ? .due(at: try pipeline.foundStages().beforeBooking.map(\.stage.name), now: millisecondsSince1970())
                    : .unfinished
                let ledger = try Ledger(path: pipeline.ledger)
                var last: Int64? = -1
                while let number = last {
                    let page = try ledger.lines(of: exported, after: number, limit: Self.page)
                    let text = page.map(\.line).joined(separator: [10])
                    if !page.isEmpty { OutputOption.put(bytes: Array(text)) }
                    last = page.last?.number
                }
                let lists = try ledger.countOfUnexpanded()
                if lists > 0 { complain("\(lists) lists are not expanded yet; segue run --only does that") }
                return 0
            })
    }
}
