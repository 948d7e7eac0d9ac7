import ArgumentParser
import Files
import Processes
import Wire

/// Runs one stage of a plain pipe, held to what it needs.
struct JailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jail",
        abstract: "Run a stage of a plain pipe with no more power than it needs.",
        discussion: """
            One of segue's own stages gets what its arguments say that it needs. A program of yours may read the spool \
            and the files that its arguments name, and has no network: grant it the rest.

              resolve --catalog URL playlist:3 | segue jail -- fetch | segue jail --read genres.csv -- ./genre.py | ...
            """)

    @Option(help: ArgumentHelp("What it may read besides: a file, or a folder; repeatable.", valueName: "path"))
    var read: [String] = []

    @Option(help: ArgumentHelp("What it may write besides, make and remove; repeatable.", valueName: "path"))
    var write: [String] = []

    @Option(help: ArgumentHelp("A variable of the environment that it gets besides; repeatable.", valueName: "name"))
    var env: [String] = []

    @Flag(help: "It may use the network, and sockets of this machine.")
    var network = false

    @Flag(help: "Do not run it where the kernel cannot hold it.")
    var require = false

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The stage and its arguments, behind --.", valueName: "stage"))
    var stage: [String] = []

    func validate() throws {
        guard !stage.isEmpty else { throw ValidationError("no stage is named; try: segue jail -- fetch") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                try JailOption.check(require ? .require : .on)
                let executable = try Executable(stage)
                var environment = Environment.ofThisProcess
                // Where the stages look for it that are not told.
                if environment["SEGUE_SPOOL"] == nil { environment["SEGUE_SPOOL"] = absolute("spool") }
                try jail(for: executable).run(executable, environment: environment)
            })
    }

    private func jail(for executable: Executable) throws(Failure) -> Jail {
        let granted = Needs(reads: read, writes: write, variables: env, hasNetwork: network)
        guard executable.isNative, let needs = try Description(of: executable).needs else {
            return Jail(granted, isNative: false)
        }
        return Jail(needs.joined(with: granted), isNative: true)
    }
}
