import ArgumentParser
import Files
import Glibc
import StageKit
import Web
import Wire

/// Downloads a track's bytes and artwork into the spool, complete and verified.
@main
struct Fetch: Stage {
    static let profile = Profile(
        name: "fetch",
        abstract: "Download the bytes of tracks into the spool, resuming where a transfer broke off, and verify them.",
        discussion: """
            An interrupted transfer resumes where it ended if the server proves that the file is still the same. \
            Length, digest, type and first bytes are checked before a file gets its final name.

              resolve --catalog http://127.0.0.1:8098 album:2 | fetch --spool /var/tmp/spool
            """,
        reads: ["track", "media", "file", "placed", "tries_left"], writes: ["file"],
        roles: [.fetch, .covers], window: Self.window(4), replicas: 2)

    /// How many records keep so many transfers busy, with others in hand when one ends.
    private static func window(_ transfers: Int) -> Int { 2 * transfers }

    @Option(help: ArgumentHelp("The spool's folder. (default: $SEGUE_SPOOL, else ./spool)", valueName: "dir"))
    var spool: String?

    @Option(
        help: ArgumentHelp(
            "Transfers at a time, 1 to 64; answers leave as they come.", valueName: "n"))
    var transfers = 4

    @Option(help: ArgumentHelp("Give up a transfer after this many seconds without data.", valueName: "seconds"))
    var stall: Double = 30

    @Option(
        name: .customLong("limit-rate"),
        help: ArgumentHelp(
            "Speed limit in bytes per second, at least 1K, such as 500K or 2M; K is a thousand, M a million.",
            valueName: "bytes/s"))
    var maximumRate: ByteRate?

    @Option(
        name: .customLong("max-bytes"),
        help: ArgumentHelp(
            "Largest file to fetch; K, M and G are thousands, millions and billions, 0 is no limit. (default: 4G)",
            valueName: "bytes"))
    var maximumBytes: ByteLimit?

    @Option(
        help: ArgumentHelp(
            "A file that only you can read, with one NAME HOST SCHEME ARGS per line.", valueName: "file"))
    var credentials: String?

    @Option(
        help: ArgumentHelp(
            "A file of certificates to trust besides the system's. (default: $SSL_CERT_FILE)", valueName: "file"))
    var ca: String?

    @Flag(
        name: .customLong("private"),
        help: "Catalogs and lists on the internet may lead to this machine and its network.")
    var mayGoNear = false

    @Flag(help: "Also fetch a picture of each album's artist, which place puts into the artist's folder.")
    var artistImages = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard stall > 0, stall <= 86_400 else { throw ValidationError("--stall takes seconds above 0, up to a day") }
        guard (1...64).contains(transfers) else { throw ValidationError("--transfers takes a number from 1 to 64") }
        guard spool != "" else { throw ValidationError("--spool names no folder") }
    }

    var workers: Int { transfers }

    var details: JSONObject {
        var details = JSONObject()
        details["window"] = .integer(Self.window(transfers))
        details["workers"] = .integer(transfers)
        let secrets = [credentials, ca, KeptPasswords.path.map(folder)].compactMap { $0 }
        details["needs"] =
            Needs(
                reads: secrets.map(absolute),
                writes: [spool.map(absolute) ?? "$SEGUE_SPOOL", "$SEGUE_ARTWORK", "$SEGUE_HOSTS"],
                hasNetwork: true
            ).joined(with: CredentialsFile.needs(of: credentials)).json
        return details
    }

    func share(_ channels: Channels) throws(Failure) -> FetchCommon {
        let credentials = try CredentialsFile(credentials, tell: { channels.note($0) })
        let kept = try CredentialsFile.kept { channels.note($0) }
        let folder = absolute(spool ?? environment("SEGUE_SPOOL") ?? "spool")
        try makeFolderOfPassingThings(folder)
        let pace = maximumRate.map { SharedPace(rate: $0.bytesPerSecond, transfers: transfers) }
        return FetchCommon(
            spool: folder, pictures: absolute(environment("SEGUE_ARTWORK") ?? folder),
            limits: TransferLimits(stall: stall, pace: pace, mayGoNear: mayGoNear), bounds: bounds,
            hasArtists: artistImages,
            credentials: credentials, kept: kept, hosts: environment("SEGUE_HOSTS"), certificates: ca)
    }

    func open(_ channels: Channels, sharing common: FetchCommon) -> FetchSession {
        FetchSession(client: common.client(channels), common: common, channels: channels)
    }

    /// The default is six hours of CD audio as WAV, or about twelve as FLAC.
    private var bounds: Bounds {
        let most = maximumBytes.map(\.bytes) ?? 4_000_000_000
        return Bounds(most: most, spool: environment("SEGUE_SPOOL_LIMIT").flatMap { Int($0) })
    }

    func work(on record: Record, in session: FetchSession) throws(Failure) -> StageAnswer { try session.answer(record) }

    /// The value of a variable; an empty one counts as not set.
    private func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
