import ArgumentParser
import Conformance
import Processes
import Wire

/// Checks a stage against the contract: each rule gets a verdict.
struct TestStage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-stage",
        abstract: "Hold a stage to the contract: a verdict for each rule.",
        discussion: """
            Starts the command some twenty times, gives it records and checks its answers. The command does its real \
            work, so point it at folders that may be thrown away. The records are tracks of no catalog with small \
            files, or the first twenty of your own. A well-formed error is an answer like any other.

              segue test-stage -- ./my-stage.py --library /tmp/library

            Exit status 0: no rule is broken; 1: one is; 78: the command cannot be run.
            """)

    @Option(help: ArgumentHelp("Records to give it, one per line, for a stage that needs its own.", valueName: "file"))
    var sample: String?

    @Option(help: "What it is: map, expand or batch. (default: what a stage of segue says of itself, else map)")
    var mode: Description.Mode?

    @Option(help: ArgumentHelp("How long an answer, or an end, may take.", valueName: "seconds"))
    var timeout = 5.0

    @Flag(help: "Add the rules that bind segue's own stages.")
    var strict = false

    @Flag(help: "Print the rules, and exit.")
    var list = false

    @OptionGroup var output: OutputOption

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The stage and its arguments, behind --.", valueName: "stage"))
    var stage: [String] = []

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout takes seconds above 0, up to an hour")
        }
        guard list || !stage.isEmpty else { throw ValidationError("no stage is named; try: segue test-stage -- fetch") }
    }

    func run() throws {
        if list {
            for rule in Rule.all { Report.put(rule.name, rule.summary, isStrict: rule.isStrict, output) }
            return
        }
        throw ExitCode(
            Report.status(output) { (report: inout Report) throws(Failure) in try examine(for: &report) })
    }

    private func examine(for report: inout Report) throws(Failure) {
        let executable = try Executable(stage)
        try TemporaryFolder.with(prefix: "segue-test") { folder throws(Failure) in
            let mode = try mode(of: executable)
            let samples =
                if let sample { try Samples(file: sample, folder: folder) } else {
                    try Samples(expands: mode == .expand, folder: folder)
                }
            let examination = try Examination(
                executable, mode: mode, isStrict: strict, timeout: timeout, samples: samples, folder: folder)
            try examination.seeThatItStarts()
            for rule in Rule.all { report.add(try examination.apply(rule), to: rule.name) }
        }
    }

    private func mode(of stage: Executable) throws(Failure) -> Description.Mode {
        if let mode { return mode }
        return stage.isNative ? try Description(of: stage).mode : .map
    }
}

extension Description.Mode: ExpressibleByArgument {}
