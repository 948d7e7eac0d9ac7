import ArgumentParser
import Files
import Glibc
import StageKit
import Wire

/// Takes in music that is on this machine already: folders, archives and audio files become tracks with their files.
@main
struct IntakeStage: Stage {
    static let profile = Profile(
        name: "intake",
        abstract: "Turn folders, archives and audio files of this machine into tracks, each with its file.",
        discussion: """
            Reads paths, as arguments or on stdin, one per line, or requests for folder:PATH. ZIP, TAR and 7z are \
            unpacked into the spool, and refused as a whole if they are not what they should be; other files stay \
            where they are. A file's tags say what it is, and its name only what they leave open. Nothing is changed \
            or removed.

              intake Album.zip | verify | place --library Music | record ...
              find Bought -mindepth 1 -maxdepth 1 | intake | verify | ...
            """,
        mode: .expand, reads: ["ref", "file", "placed"], writes: ["track", "media", "file"],
        kinds: ["request", "track"], roles: [.intake], window: 16, replicas: 2)

    static let takesReferences = true

    @Argument(help: ArgumentHelp("Folders, archives or audio files.", valueName: "path"))
    var references: [String] = []

    @Option(
        help: ArgumentHelp(
            "The folder for what archives contain. (default: $SEGUE_SPOOL, else ./spool)", valueName: "dir"))
    var spool: String?

    @Option(help: ArgumentHelp("A library's folder, whose tracks are skipped.", valueName: "dir"))
    var library: String?

    @Option(help: ArgumentHelp("Most bytes that one archive may unpack to.", valueName: "bytes"))
    var unpackLimit = 20_000_000_000

    @Option(
        help: ArgumentHelp(
            "How names in a ZIP are encoded that are not UTF-8, such as CP932 or CP866; as iconv calls it.",
            valueName: "name"))
    var charset = "CP437"

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard unpackLimit > 0 else { throw ValidationError("--unpack-limit takes a number of bytes above 0") }
        guard spool != "" else { throw ValidationError("--spool names no folder") }
        guard library != "" else { throw ValidationError("--library names no folder") }
        guard EntryName.knows(charset) else { throw ValidationError("--charset: this machine knows no \(charset)") }
    }

    var details: JSONObject {
        var object = JSONObject()
        let paths = references.map { FolderPath.path(of: $0) ?? absolute($0) }
        // Reading the catalogue while it is written means sharing memory with its writer.
        let catalogue = [library.map { absolute("\($0)/.segue") }].compactMap { $0 }
        object["needs"] =
            Needs(
                reads: paths + (library == nil ? [] : [Needs.threads]),
                writes: [spool.map(absolute) ?? "$SEGUE_SPOOL"] + catalogue + temporaryFolders
            ).json
        return object
    }

    func open(_ channels: Channels) throws(Failure) -> IntakeSession {
        let variable = getenv("SEGUE_SPOOL").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        let spool = absolute(spool ?? variable ?? "spool")
        try makeFolderOfPassingThings(spool)
        return IntakeSession(
            spool: spool, limits: UnpackLimits(bytes: unpackLimit), charset: charset,
            owned: try library.map { folder throws(Failure) in try OwnedTracks(library: folder) }, channels: channels)
    }

    func request(for reference: String, in session: IntakeSession) throws(Failure) -> Record {
        let path = FolderPath.path(of: reference) ?? absolute(reference)
        return Record(request: FolderPath.reference(path), id: FolderPath.id(path))
    }

    func work(on record: Record, in session: IntakeSession) throws(Failure) -> StageAnswer {
        try session.answer(record)
    }
}
