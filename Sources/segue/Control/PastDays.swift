import ArgumentParser
import Display
import Ledger
import Processes
import Wire

/// Shows what ended on each of the last days.
struct PastDays: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Tell what was done on each of the last days: tracks, bytes, and failures by class.",
        discussion: """
            Days are those of this machine's clock. What was cleared since still counts. With --json, also days on which \
            nothing ended. With --damaged, the files instead that were found missing or damaged, and what became of them.

              segue history --pipeline Pipelines/library.yaml --days 7
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Option(help: ArgumentHelp("How many days, with today.", valueName: "n"))
    var days = 30

    @Flag(help: "Tell of the files that were found damaged, newest first.")
    var damaged = false

    static let range = 1...3660

    func validate() throws {
        guard Self.range ~= days else { throw ValidationError("--days takes a number from 1 to 3660") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let (ledger, now) = (try Ledger(path: try file.pipeline().ledger), millisecondsSince1970())
                let found = try ledger.damagedFiles(inLast: days, now: now)
                if damaged {
                    for file in found { output.put(file.json, or: [file.line]) }
                    if found.isEmpty { complain("no file was found damaged") }
                    return 0
                }
                let past = try ledger.history(days: days, now: now)
                if output.json {
                    for day in past { output.put(day.json) }
                } else {
                    for line in past.compactMap(\.line) + [Day.sum(of: past)] { output.put(line) }
                    if !found.isEmpty { complain("files found damaged: \(found.count); see --damaged") }
                }
                return 0
            })
    }
}
