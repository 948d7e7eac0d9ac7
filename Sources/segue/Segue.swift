import ArgumentParser
import Glibc
import PipelineFiles
import Processes
import Wire

@main
struct Segue: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segue",
        abstract: "Drive a pipeline of stages, many replicas of each, with a ledger of what is due.",
        discussion: """
            Adds references to the pipeline's queue and works until nothing is due. Interrupt it, and the next run \
            continues.

              segue run --pipeline Pipelines/library.yaml playlist:3
            """,
        version: Version.project,
        groupedSubcommands: [
            CommandGroup(name: "Run", subcommands: [Run.self, Serve.self, Watch.self]),
            CommandGroup(
                name: "Queue",
                subcommands: [
                    Add.self, Search.self, List.self, Show.self, Stats.self, PastDays.self, Notices.self, Pause.self,
                    Resume.self, Cancel.self, Retry.self, Clear.self
                ]),
            CommandGroup(
                name: "Library",
                subcommands: [
                    Sync.self, Follow.self, Followed.self, Unfollow.self, Verify.self, Import.self, Move.self,
                    Retag.self
                ]),
            CommandGroup(name: "Many machines", subcommands: [Export.self, Shard.self, Merge.self]),
            CommandGroup(name: "Pipelines", subcommands: [Check.self, Plan.self]),
            CommandGroup(
                name: "Stages",
                subcommands: [Scale.self, Restart.self, Pool.self, JailCommand.self, TestStage.self, TestSource.self])
        ])

    /// Refuses arguments that are not UTF-8, and lists the commands if the first word is not one.
    static func main() {
        if let flaw = Arguments.flaw {
            complain(flaw)
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        let names = configuration.subcommands.map { $0._commandName }
        if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), word != "help",
            !names.contains(word)
        {
            let hint = nearest(to: word, of: names).map { "; did you mean \($0)?" } ?? ""
            complain("there is no command \(word)\(hint)")
            complain("the commands are \(names.joined(separator: ", ")); segue --help says what they do")
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        main(nil)
    }
}
