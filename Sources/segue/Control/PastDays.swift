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
            nothing ended.

              segue history --pipeline Pipelines/library.yaml --days 7
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Option(help: ArgumentHelp("How many days, with today.", valueName: "n"))
    var days = 30

    static let range = 1...3660

    func validate() throws {
        guard Self.range ~= days else { throw ValidationError("--days takes a number from 1 to 3660") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let past = try Ledger(path: try file.pipeline().ledger).history(
                    days: days, now: millisecondsSince1970())
                if output.json {
                    for day in past { output.put(day.json) }
                } else {
                    for line in past.compactMap(\.line) + [Day.sum(of: past)] { output.put(line) }
                }
                return 0
            })
    }
}
