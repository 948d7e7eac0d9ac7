import ArgumentParser
import Files
import Glibc
import Limiter
import StageKit
import Web
import Wire

/// Answers each request with the tracks it stands for.
@main
struct Resolve: Stage {
    static let profile = Profile(
        name: "resolve",
        abstract: "Turn references into tracks: their metadata, and where their bytes are.",
        discussion: """
            References come as arguments, or on stdin as text or as records, one per line. A playlist becomes its \
            tracks, each written as soon as it is known, and a last line that counts them.

              resolve --catalog http://127.0.0.1:8098 playlist:3 | fetch | decrypt | ...
              resolve --catalog http://127.0.0.1:8098 --search blue --type album
            """,
        mode: .expand, reads: ["ref", "track", "media"], writes: ["track", "media"], kinds: ["request", "track"],
        roles: [.search, .rows, .pass], window: 8, replicas: 2)

    static let takesReferences = true

    @Argument(
        help: ArgumentHelp(
            "track:ID, album:ID, playlist:ID or artist:ID, possibly with a catalog's name, as in NAME:playlist:ID; NAME:all, NAME:starred or NAME:newest; a link to a catalog's page, to audio, to a playlist or a feed; or a playlist file.",
            valueName: "reference"))
    var references: [String] = []

    @Option(
        name: .customLong("catalog"),
        help: ArgumentHelp(
            "A catalog, URL or NAME=URL, or a music server, NAME=subsonic+URL; may be repeated.",
            valueName: "url"), transform: NamedAddress.init)
    var catalogs: [NamedAddress] = []

    @Option(
        name: .customLong("source"),
        help: ArgumentHelp(
            "A program that is asked for tracks, NAME=COMMAND; may be repeated.", valueName: "command"),
        transform: NamedProgram.init)
    var programs: [NamedProgram] = []

    @Option(help: ArgumentHelp("How long a program of --source may go without an answer.", valueName: "seconds"))
    var patience = 60.0

    @Option(
        help: ArgumentHelp(
            "A file to which everything said to and by programs of --source is added.", valueName: "file"))
    var transcript: String?

    @Flag(help: "Write the tracks of a collection as requests, for a later resolve to look up one by one.")
    var rows = false

    @Flag(
        help: "Use what lists and albums say about tracks, with no request per track: fewer requests, fewer tags.")
    var quick = false

    @Flag(name: .customLong("pass"), help: "Leave requests for other catalogs to a later resolve.")
    var passes = false

    @Option(
        help: ArgumentHelp(
            "Formats or qualities to take, comma-separated, best first. (default: the first that the catalog offers)",
            valueName: "list"))
    var formats: WishList = WishList(wishes: [])

    @Option(help: ArgumentHelp("Which media of a track to take: what the manifest offers, or the catalog's preview."))
    var media = MediaMode.manifest

    @Flag(help: "Ask music servers for lyrics too, with one more request per track.")
    var lyrics = false

    @Option(help: ArgumentHelp("Which releases of an artist to take, comma-separated.", valueName: "list"))
    var include = ReleaseTypes.all

    @Option(
        help: ArgumentHelp(
            "Unusual column names of a CSV file, by what the columns hold: title=Song,artist=Band.",
            valueName: "list"))
    var columns = ColumnNames(names: [:])

    @Option(help: ArgumentHelp("Take only the episodes of a feed from this day, YYYY-MM-DD, on.", valueName: "day"))
    var since: String?

    @Option(help: ArgumentHelp("Take only the newest N episodes of a feed.", valueName: "n"))
    var last: Int?

    @Option(help: ArgumentHelp("A library's folder, whose tracks are skipped.", valueName: "dir"))
    var library: String?

    @Flag(help: "Take tracks of which the library has the same recording from another source, too.")
    var both = false

    @Flag(help: "Take tracks again where a better format is offered than the library's file has.")
    var upgrade = false

    @Option(
        help: ArgumentHelp(
            "Maximum requests per second to one host; 0 for no limit. A shared limiter's own rate takes precedence.",
            valueName: "n"))
    var rate: Double = 8

    @Option(
        help: ArgumentHelp(
            "A file that only you can read, with one NAME HOST SCHEME ARGS per line; NAME is the catalog's name, or any for feeds and links.",
            valueName: "file"))
    var credentials: String?

    @Option(
        help: ArgumentHelp(
            "A file of certificates to trust besides the system's. (default: $SSL_CERT_FILE)", valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp("Search the catalogs, print a request for each result, and exit.", valueName: "text"))
    var search: String?

    @Option(name: .customLong("type"), help: "The kind of result to search for.")
    var kind = Reference.Kind.track

    @Option(help: ArgumentHelp("Maximum results per catalog, up to 500.", valueName: "n"))
    var limit = 25

    @OptionGroup var common: CommonOptions

    func validate() throws {
        for named in catalogs where named.hasPassword {
            let scheme = named.isSubsonic ? "subsonic" : "basic"
            let line = "\(named.name) \(named.address.host) \(scheme) USER PASSWORD"
            throw ValidationError(
                "an address of --catalog takes no password, which others could see: write the line \(line) into the file of --credentials"
            )
        }
        guard Set(names).count == names.count else {
            throw ValidationError("two catalogs have one name: give --catalog NAME=URL")
        }
        guard search?.isEmpty != true, (1...500).contains(limit) else {
            throw ValidationError("--search takes a text, and --limit 1 to 500")
        }
        if search != nil, !references.isEmpty { throw ValidationError("--search takes no references") }
        for named in references.compactMap({ Reference($0) }) where names.isEmpty {
            let option = named.catalog.map { "\($0)=URL" } ?? "URL"
            throw ValidationError(
                "\(named.kind.rawValue):\(named.id) is something in a catalog: give --catalog \(option)")
        }
        guard last ?? 1 > 0 else { throw ValidationError("--last takes a number from 1") }
        if let since, !isDay(since) {
            let isOne = since.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
            throw ValidationError("--since takes a day as YYYY-MM-DD" + (isOne ? ", and there is no \(since)" : ""))
        }
        if search != nil, names.isEmpty { throw ValidationError("--search needs a --catalog or a --source") }
        guard patience > 0, patience <= 3600 else {
            throw ValidationError("--patience takes seconds above 0, up to an hour")
        }
        if both || upgrade, library == nil {
            throw ValidationError("--both and --upgrade compare with a library: give --library DIR")
        }
        guard rate >= 0 else { throw ValidationError("--rate takes requests a second, from 0") }
    }

    func open(_ channels: Channels) throws(Failure) -> ResolveSession {
        let folder = getenv("SEGUE_HOSTS").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        let hosts = Hosts(folder: folder, defaultRate: rate > 0 ? rate : nil, wait: channels.wait)
        let client = Client(
            hosts: hosts, credentials: try CredentialsFile(credentials, tell: channels.note),
            kept: try CredentialsFile.kept(tell: channels.note), userAgent: "segue/\(Version.project)",
            certificates: ca, shouldStop: { channels.isStopping })
        let documents = SharedDocuments(folder: folder.map { "\($0)/documents" }, client: client, wait: channels.wait)
        let choice = MediaChoice(wishes: formats.wishes, isPreview: media == .preview)
        let catalogs = catalogs.map { named -> any Source in
            if named.isSubsonic {
                let server = SubsonicServer(
                    name: named.name, base: named.address, client: client, documents: documents)
                return SubsonicSource(server, choice: choice, hasLyrics: lyrics, isQuick: quick)
            }
            let catalog = Catalog(
                name: named.name, base: named.address, client: client, hosts: hosts, documents: documents)
            return CatalogSource(catalog: catalog, choice: choice, include: include.types, isQuick: quick)
        }
        let written = try transcript.map { path throws(Failure) in try Transcript(path) }
        let programs = programs.map {
            ProgramSource(
                SourceProgram($0, client: client, patience: patience, channels: channels, transcript: written),
                choice: choice)
        }
        let resolver = ResolveSession(
            sources: catalogs + programs, pages: pages + programs.map { $0.reference },
            lists: ListSource(
                client: client, columns: columns.names, choice: EpisodeChoice(since: since, last: last),
                formats: choice),
            rowsOnly: rows, passes: passes,
            library: try library.map { folder throws(Failure) in
                try Library(folder: folder, keepsBoth: both, upgrades: upgrade)
            }, channels: channels)
        if let search { try resolver.search(search, kind, limit: limit) }
        return resolver
    }

    /// The pages of the catalogs.
    private var pages: [(_ link: String) -> Reference?] {
        catalogs.filter { !$0.isSubsonic }.map { WebPages(name: $0.name, host: $0.address.host).reference }
    }

    /// The names of all sources, in order.
    private var names: [String] { catalogs.map(\.name) + programs.map(\.name) }

    var details: JSONObject {
        var object = JSONObject()
        object["catalogs"] = .strings(names)
        object["sources"] = .strings(programs.map(\.name))
        object["rows"] = .boolean(rows)
        object["library"] = library.map { .string(absolute($0)) }
        object["needs"] = needs.json
        return object
    }

    private var needs: Needs {
        var needs = Needs(hasNetwork: true, startsPrograms: !programs.isEmpty)
        needs.reads = ([credentials, ca].compactMap { $0 } + references.filter { fileSize($0) != nil }).map(absolute)
        needs.reads += programs.flatMap { filesNamed(in: $0.command) } + (library == nil ? [] : [Needs.threads])
        // Reading the catalogue while it is written means sharing memory with its writer.
        needs.writes =
            ["$SEGUE_HOSTS"] + temporaryFolders + [library.map { absolute("\($0)/.segue") }].compactMap { $0 }
        needs.writes += [KeptPasswords.path, transcript].compactMap { $0 }.map { folder(of: absolute($0)) }
        return needs.joined(with: CredentialsFile.needs(of: credentials))
    }

    var readsRecords: Bool { search == nil }

    func request(for reference: String, in session: ResolveSession) throws(Failure) -> Record {
        try session.request(for: reference)
    }

    func prepare(_ record: inout Record, _ channels: Channels) throws(Failure) {
        try ResolveSession.takePasswords(from: &record, channels)
    }

    func close(_ session: ResolveSession) -> ExitStatus {
        session.sources.lazy.compactMap { $0 as? ProgramSource }.forEach { $0.close() }
        return .ok
    }

    func work(on record: Record, in session: ResolveSession) throws(Failure) -> StageAnswer {
        try session.answer(record)
    }
}
