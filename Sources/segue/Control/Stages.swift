import ArgumentParser
import DriverKit
import Ledger
import PipelineFiles
import Processes
import Wire

struct Scale: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Change how many replicas a stage of a running driver has.",
        discussion: """
            With fewer, those that are too many finish the record that they have and end. It holds until the driver ends; \
            for good, set replicas in the pipeline file.

              segue scale --pipeline Pipelines/library.yaml fetch 16
            """)

    @OptionGroup var file: PipelineOption

    @Argument(help: "The stage's name.")
    var stage: String

    @Argument(help: "How many replicas, from 1 to \(parallelRange.upperBound).")
    var replicas: Int

    func validate() throws {
        guard parallelRange ~= replicas else {
            throw ValidationError("a stage has 1 to \(parallelRange.upperBound) replicas, not \(replicas)")
        }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                try file.pipeline().ledger(steering: stage, else: "change replicas in the pipeline file")
                    .change(now: millisecondsSince1970()) { try $0.scale(stage: stage, to: replicas) }
                return 0
            })
    }
}

struct Restart: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a stage of a running driver anew.",
        discussion: """
            Its processes finish the record that they have and end, and new ones begin with what they find: another \
            keyring or program, room on a disk. A stage that stands still goes on, and what it keeps back for a refused \
            credential is tried at once.

              segue restart --pipeline Pipelines/library.yaml decrypt
            """)

    @OptionGroup var file: PipelineOption

    @Argument(help: "The stage's name.")
    var stage: String

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                try file.pipeline().ledger(steering: stage, else: "segue run starts every stage anew")
                    .change(now: millisecondsSince1970()) { try $0.restart(stage: stage) }
                return 0
            })
    }
}

extension Pipeline {
    /// The ledger by which a stage of the running driver is steered; without a driver, `advice` is what to do.
    fileprivate func ledger(steering stage: String, else advice: String) throws(Failure) -> Ledger {
        guard stages.contains(where: { $0.name == stage }) else {
            let names = stages.map(\.name)
            let hint =
                nearest(to: stage, of: names).map { "; did you mean \($0)?" }
                ?? ", only: \(names.joined(separator: ", "))"
            throw .permanent("no_stage", "the pipeline has no stage \(stage)\(hint)")
        }
        guard DriverLock.isHeld(ledger: ledger) else { throw .permanent("no_driver", "no driver runs; \(advice)") }
        return try Ledger(path: ledger)
    }
}
