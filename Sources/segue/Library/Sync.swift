import ArgumentParser
import Catalogue
import Files
import Ledger
import PipelineFiles
import Processes
import Wire

/// Makes a library what its playlists are now.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a library up to date with playlists: fetch what is new, and tell what left them.",
        discussion: """
            Asks anew what is in each playlist, album or artist, fetches what the library has not, also what somebody \
            removed there, and writes the playlist files anew. With --mirror, tracks that left and that no other \
            list holds go to .segue/trash in the library; one that comes back to a list comes back from there. \
            Nothing goes when a list is empty, failed or told fewer tracks than it announced, nor when more than 20 \
            tracks would go, or more than a fifth of a list, unless --max-trash allows that many.

              segue sync --pipeline Pipelines/library.yaml --mirror --dry-run playlist:3

            Exit status 1: something failed, or what left may not go.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Put what left the lists, and is in no other, in the library's trash.")
    var mirror = false

    @Option(
        help: ArgumentHelp(
            "Tracks that may go to the trash. (default: 20, and no more than a fifth of a list)", valueName: "n"))
    var maxTrash: Int?

    @Flag(help: "Only tell what is new and what left.")
    var dryRun = false

    @Argument(help: ArgumentHelp("References.", valueName: "ref"))
    var references: [String]

    func validate() throws {
        guard let maxTrash else { return }
        guard mirror else { throw ValidationError("--max-trash goes with --mirror") }
        guard maxTrash >= 0 else { throw ValidationError("--max-trash takes 0 or more") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let found = try pipeline.foundStages()
                guard let library = found.library else { throw pipeline.lacksLibrary }
                let catalogs = KnownCatalogs(found)
                let requests = try references.map { text throws(Failure) in
                    try catalogs.request(Array(text.utf8), first: false, tell: complain)
                }
                let syncing = Syncing(
                    pipeline: pipeline, stages: found, library: library, requests: requests, output: output,
                    mirrors: mirror, limit: maxTrash)
                return dryRun ? try syncing.tell() : try syncing.run()
            })
    }
}
