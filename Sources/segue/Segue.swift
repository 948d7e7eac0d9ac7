import ArgumentParser

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
            Run.self, Serve.self, Sync.self, Search.self, Add.self, List.self, Show.self, Stats.self, Pause.self,
            Resume.self,
            Cancel.self, Clear.self, Watch.self,
            Retry.self,
            Scale.self, Check.self, Plan.self, Pool.self, TestStage.self, Verify.self, Import.self, Move.self,
            Retag.self
        ])
}
