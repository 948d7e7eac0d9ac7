import ArgumentParser
import Catalogue
import Files
import Naming
import StageKit
import Wire

/// Books finished files, failures and playlists in the library's catalogue.
@main
struct RecordStage: Stage {
    static let profile = Profile(
        name: "record",
        abstract: "Record finished files, failures and playlists in the library's catalogue.",
        discussion: """
            Reads records of finished files and answers each once it is in the library's catalogue, \
            DIR/.segue/catalogue.sqlite; records that are there at once are booked together. A finished playlist becomes a file in DIR/Playlists, in its order and with \
            relative paths. Failures of earlier stages are kept with their record, for a later run to start from:

              ... | place --library Music | record --library Music --sweep --fail
              record --library Music --failures | resolve --catalog URL | fetch | ...
              record --library Music --tracks | jq -r .placed.path
            """,
        reads: ["track", "media", "file", "placed"], writes: ["recorded"], kinds: ["track", "skip", "error", "done"],
        roles: [.tracks], window: 64)

    @Option(help: ArgumentHelp("The library's folder, created if it is missing.", valueName: "dir"))
    var library: String

    @Flag(help: "Exit with status 1 if any record failed, here or in an earlier stage.")
    var fail = false

    @Flag(help: "Remove spool files of records that are booked or must be fetched again; for pipes without a driver.")
    var sweep = false

    @Option(
        help: ArgumentHelp(
            "playlists: give each playlist a folder with links to its tracks; albums: remove these folders. (default: keep each as it is)",
            valueName: "albums|playlists"))
    var layout: Layout?

    @Option(help: ArgumentHelp("Path of a track in its playlist's folder, without extension.", valueName: "template"))
    var playlistTemplate = PlaylistLinks.standard

    @Flag(help: "Print the records that failed and have not succeeded since, the latest failure last, and exit.")
    var failures = false

    @Flag(help: "Print a record of each track in the catalogue, with its placed file, and exit.")
    var tracks = false

    @OptionGroup var common: CommonOptions

    var details: JSONObject {
        var object = JSONObject()
        object["library"] = .string(absolute(library))
        // A large change is more than SQLite keeps in memory.
        let folders = [absolute(library)] + temporaryFolders + (sweep ? ["$SEGUE_SPOOL"] : [])
        object["needs"] = Needs(reads: [Needs.threads], writes: folders).json
        return object
    }

    var readsRecords: Bool { !failures && !tracks }

    func validate() throws {
        if library.isEmpty { throw ValidationError("--library names no folder") }
        do { _ = try Template(playlistTemplate, fields: Field.allCases) } catch { throw ValidationError(error.message) }
        if failures, tracks { throw ValidationError("--failures and --tracks go one after the other") }
    }

    func open(_ channels: Channels) throws(Failure) -> RecordSession {
        let template = try Template(playlistTemplate, fields: Field.allCases)
        let root = try readsRecords ? LibraryRoot(at: library) : nil
        let catalogue = try Catalogue(library: library, readOnly: !readsRecords)
        let session = RecordSession(catalogue, in: root, layout, template, channels, sweeps: sweep)
        if failures { try session.emitFailures() }
        if tracks { try session.emitTracks() }
        return session
    }

    func work(on record: Record, in session: RecordSession) throws(Failure) -> StageAnswer {
        switch record.kind {
        case "error": try session.book(error: record)
        case "skip": try session.book(skip: record)
        case "done": try session.book(done: record)
        default: try session.book(track: record)
        }
    }

    func settle(_ session: RecordSession) throws(Failure) { try session.settle() }

    func close(_ session: RecordSession) throws(Failure) -> ExitStatus {
        if !readsRecords { return .ok }
        session.close()
        return fail && session.channels.errorsWritten > 0 ? .failed : .ok
    }
}
