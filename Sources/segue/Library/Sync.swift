import ArgumentParser
import Catalogue
import Files
import Ledger
import PipelineFiles
import Processes
import Wire

/// Brings a library in line with its playlists as they are now.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Bring a library up to date with playlists: fetch new tracks, and report those that left.",
        discussion: """
            Asks again what is in each playlist, album or artist, fetches what the library lacks, including files that \
            somebody removed, and rewrites the playlist files. With --mirror, tracks that left and that no other list \
            has are moved to .segue/trash in the library; a track that returns to a list is taken from there. Nothing \
            is moved if a list is empty, failed or listed fewer tracks than it announced, nor if more than 20 tracks \
            would go, or more than a fifth of a list, unless --max-trash allows that many.

              segue sync --pipeline Pipelines/library.yaml --mirror --dry-run playlist:3

            Exit status 1: something failed, or tracks that left may not be moved.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var jail: JailOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Move tracks that left the lists, and are in no other, to the library's trash.")
    var mirror = false

    @Option(
        help: ArgumentHelp(
            "Tracks that may be moved to the trash. (default: 20, and no more than a fifth of a list)", valueName: "n"))
    var maxTrash: Int?

    @Flag(help: "Only say what is new and what left.")
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
                let pipeline = try jail.held(file.pipeline())
                let found = try pipeline.foundStages()
                guard let library = found.library else { throw pipeline.lacksLibrary }
                let catalogs = KnownCatalogs(found)
                let requests = try references.map { text throws(Failure) in
                    try catalogs.request(Array(text.utf8), first: false, tell: complain)
                }
                let syncing = SyncSession(
                    pipeline: pipeline, stages: found, library: library, requests: requests, output: output,
                    mirrors: mirror, limit: maxTrash)
                return dryRun ? try syncing.tell() : try syncing.run()
            })
    }
}
