import ArgumentParser
import Conformance
import Processes
import Wire

/// Checks a source against the manual: each rule gets a verdict.
struct TestSource: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-source",
        abstract: "Hold a source to the manual: a verdict for each rule.",
        discussion: """
            Has resolve ask the program for what you say exists, for some of the tracks in it, and for what does not \
            exist. Requests go to the real server.

              segue test-source --reference album:2 -- ./shelf.py http://127.0.0.1:8098

            Exit status 0: no rule is broken; 1: one is; 78: the program cannot be run.
            """)

    @Option(
        name: .customLong("reference"),
        help: ArgumentHelp(
            "Something that exists, such as album:2 or track:7; may be repeated.", valueName: "reference"))
    var references: [String] = []

    @Option(help: ArgumentHelp("What to search for. (default: the title of the first track)", valueName: "text"))
    var search: String?

    @Option(
        help: ArgumentHelp("The file of passwords; its lines for the catalog test are the source's.", valueName: "file")
    )
    var credentials: String?

    @Option(help: ArgumentHelp("A file of certificates to trust besides the system's.", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("How long the source may go without an answer.", valueName: "seconds"))
    var timeout = 5.0

    @Flag(help: "Print the rules, and exit.")
    var list = false

    @OptionGroup var output: OutputOption

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The program and its arguments, behind --.", valueName: "program"))
    var program: [String] = []

    func validate() throws {
        guard timeout > 0, timeout <= 3600 else {
            throw ValidationError("--timeout takes seconds above 0, up to an hour")
        }
        guard list || !program.isEmpty, list || !references.isEmpty else {
            throw ValidationError(
                "it takes a program and something that it has: segue test-source --reference album:2 -- ./shelf.py")
        }
    }

    func run() throws {
        if list {
            for rule in SourceRule.all { Report.put(rule.name, rule.summary, isStrict: false, output) }
            return
        }
        throw ExitCode(
            Report.status(output) { (report: inout Report) throws(Failure) in try examine(for: &report) })
    }

    private func examine(for report: inout Report) throws(Failure) {
        try TemporaryFolder.with(prefix: "segue-test") { folder throws(Failure) in
            let examination = try SourceExamination(
                program, references: references, search: search, credentials: credentials, ca: ca, timeout: timeout,
                folder: folder)
            try examination.ask()
            for rule in SourceRule.all { report.add(examination.apply(rule), to: rule.name) }
        }
    }
}
