import ArgumentParser
import Display
import DriverKit
import PipelineFiles
import Processes
import Wire

/// Runs the stages of a pipeline over the records on stdin, as one part of a larger job.
struct Shard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shard",
        abstract: "Run a pipeline over the records on stdin, and print one outcome for each.",
        discussion: """
            Runs the stages before the one that books in the catalogue, with a ledger and a spool that last as long as it \
            does. An outcome is a finished record, a skip or an error; segue merge books them. The exit status is 0 \
            whatever the outcomes are.

              segue export --ready | segue shard | segue merge
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var jail: JailOption

    @Option(help: ArgumentHelp("How many machines share the limits of the pipeline's hosts.", valueName: "n"))
    var machines = 1

    @Option(
        help: ArgumentHelp(
            "The exit status if there were records and nothing could be done for any.", valueName: "status"))
    var ifNothing: Int32 = 0

    func validate() throws {
        guard machines >= 1 else { throw ValidationError("--machines takes a number, from 1") }
        guard 0...255 ~= ifNothing else { throw ValidationError("--if-nothing takes an exit status, 0 to 255") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try jail.held(file.pipeline())
                let found = try pipeline.foundStages()
                return try pipeline.withShardFolder { folder throws(Failure) in
                    let shard = try ShardRun(pipeline, found, in: folder, machines: machines)
                    let monitor = Monitor(stages: shard.stages, isQuiet: true)
                    defer { monitor.leave() }
                    return try shard.run(nothing: ifNothing, monitor.look)
                }
            })
    }
}
