import ArgumentParser
import DriverKit
import Ledger
import PipelineFiles
import Processes
import Wire

struct Scale: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "Change how many replicas a stage of a running driver has.",
        discussion: """
            With fewer replicas, the surplus ones finish the record in hand and end. The change lasts until the driver \
            ends; to make it permanent, set replicas in the pipeline file.

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
        commandName: "restart",
        abstract: "Restart a stage of a running driver.",
        discussion: """
            Its processes finish the record in hand and end, and new ones take over with what they find: another keyring \
            or program, room on a disk. A halted stage resumes, and records held for a refused credential are tried at \
            once.

              segue restart --pipeline Pipelines/library.yaml decrypt
            """)

    @OptionGroup var file: PipelineOption

    @Argument(help: "The stage's name.")
    var stage: String

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                try file.pipeline().ledger(steering: stage, else: "segue run starts every stage afresh")
                    .change(now: millisecondsSince1970()) { try $0.restart(stage: stage) }
                return 0
            })
    }
}

extension Pipeline {
    /// The ledger that a stage of the running driver is controlled through; without a driver, `advice` says what to do.
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
