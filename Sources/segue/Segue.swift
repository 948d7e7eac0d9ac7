import ArgumentParser
import Glibc
import Wire

@main
struct Segue: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segue",
        abstract: "Drive a pipeline of stages, many replicas of each, with a ledger of what is due.",
        discussion: """
            Adds what is asked for to the pipeline's queue and works until nothing is due; interrupt it, and the next run \
            goes on.

              segue run --pipeline Pipelines/library.yaml playlist:3
            """,
        version: "0.1.0",
        subcommands: [
            Run.self, Serve.self, Watch.self, Sync.self, Search.self, Add.self, List.self, Show.self, Stats.self,
            Pause.self, Resume.self, Cancel.self, Retry.self, Clear.self, Scale.self, Restart.self, Check.self,
            Plan.self, Pool.self, TestStage.self, Verify.self, Import.self, Move.self, Retag.self
        ])

    /// Refuses words that are no text, and says which commands there are where the first word is none.
    static func main() {
        if let flaw = Arguments.flaw {
            complain(flaw)
            Glibc.exit(Status.usage)
        }
        let names = configuration.subcommands.map { $0._commandName }
        if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), word != "help",
            !names.contains(word)
        {
            let hint = nearest(to: word, of: names).map { "; did you mean \($0)?" } ?? ""
            complain("there is no command \(word)\(hint)")
            complain("the commands are \(names.joined(separator: ", ")); segue --help says what they do")
            Glibc.exit(Status.usage)
        }
        main(nil)
    }
}
