import ArgumentParser
import Catalogue
import Files
import Ledger
import Wire

/// Makes a library what its playlists are now.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a library up to date with playlists: fetch what is new, and tell what left them.",
        discussion: """
            Asks anew what is in each playlist, album or artist, fetches what the library has not, also what somebody \
            removed there, and writes the playlist files anew. With --mirror, tracks that left and that no other \
            list holds go to .segue/trash in the library; move them back and import them to undo that.

              segue sync --pipeline Pipelines/library.yaml --mirror --dry-run playlist:3

            Exit status 1: something failed.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Put what left the lists, and is in no other, in the library's trash.")
    var mirror = false

    @Flag(help: "Only tell what is new and what left.")
    var dryRun = false

    @Argument(help: ArgumentHelp("References.", valueName: "ref"))
    var references: [String]

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let catalogs = KnownCatalogs(pipeline)
                let requests = try references.map { text throws(Failure) in
                    try catalogs.request(Array(text.utf8), first: false)
                }
                let syncing = Syncing(
                    pipeline: pipeline, library: try LibraryStages(pipeline).library, requests: requests, output: output
                )
                return dryRun ? try syncing.tell(mirror: mirror) : try syncing.run(mirror: mirror)
            })
    }
}
