import ArgumentParser
import DriverKit
import Files
import Glibc
import Processes
import Wire

/// Many replicas of a stage as one stage of a plain pipe.
struct Pool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool",
        abstract: "Run many replicas of a stage as one stage of a plain pipe.",
        discussion: """
            Each record goes to a free replica, and answers leave as they arrive. A record whose replica dies is retried \
            alone, three times; then it is answered with an error. Replicas share the pauses and limits of hosts.

              resolve --catalog URL playlist:3 | segue pool 8 -- fetch | decrypt --keyring keys.txt | ...
            """)

    @Option(
        help: ArgumentHelp(
            "Records that a replica has in hand, at most. (default: what one of segue's own stages reports; else what it answers in 20 ms, at most 64)",
            valueName: "records"))
    var window: Int?

    @Option(help: ArgumentHelp("Seconds that a replica may take over one record; 0: no limit.", valueName: "seconds"))
    var timeout = 0.0

    @Argument(help: "How many replicas, from 1 to \(parallelRange.upperBound).")
    var replicas: Int

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The stage and its arguments, behind --.", valueName: "stage"))
    var stage: [String] = []

    func validate() throws {
        guard parallelRange ~= replicas else {
            throw ValidationError("a pool has 1 to \(parallelRange.upperBound) replicas, not \(replicas)")
        }
        guard windowRange ~= window ?? 1 else {
            throw ValidationError("--window takes 1 to 1024 records, not \(window ?? 1)")
        }
        guard timeout >= 0 else { throw ValidationError("--timeout takes seconds, from 0") }
        guard !stage.isEmpty else { throw ValidationError("no stage is named; try: segue pool \(replicas) -- fetch") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                try TemporaryFolder.with(prefix: "segue-hosts") { own throws(Failure) in
                    let executable = try Executable(stage)
                    var plan = StagePlan(
                        name: lastPart(of: stage[0]), executable: executable,
                        environment: Environment.forStages(
                            hosts: Environment["SEGUE_HOSTS"] ?? own, isDriver: false))
                    (plan.replicas, plan.expands) = (replicas, true)
                    (plan.window, plan.workers) = try habits(of: executable)
                    plan.timeout = timeout > 0 ? timeout : nil
                    return try PoolRun(plan).run()
                }
            })
    }

    /// The window and the workers that one of our own stages reports; any other program is not asked.
    private func habits(of executable: Executable) throws(Failure) -> (window: Int?, workers: Int) {
        guard executable.isNative else { return (window, 1) }
        let description = try Description(of: executable)
        let reported = description.window.map { min(max($0, windowRange.lowerBound), windowRange.upperBound) }
        return (window ?? reported, max(1, description.workers ?? 1))
    }
}
