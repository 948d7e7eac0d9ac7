import ArgumentParser
import Display
import DriverKit
import Files
import Ledger
import Lists
import PipelineFiles
import Processes
import Wire

/// Asks for lists again and again.
struct Follow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Follow lists: the driver asks for them at intervals, and fetches what is new.",
        discussion: """
            A running server asks for a list when it is due, segue run for all that are due when it starts. To follow a \
            list again changes how it is followed.

              segue follow --pipeline Pipelines/library.yaml --every 6h playlist:3
              segue follow --pipeline Pipelines/library.yaml --keep 20 --mirror https://feeds.example.org/show.xml
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Option(help: ArgumentHelp("How often to ask: 15m, 6h or 7d, say; at least 5m.", valueName: "time"))
    var every = "6h"

    @Flag(help: "Move tracks that left the list, and are in no other, to the library's trash.")
    var mirror = false

    @Option(
        help: ArgumentHelp(
            "Tracks that may be moved to the trash at once. (default: 20, and no more than a fifth of the list)",
            valueName: "n"))
    var maxTrash: Int?

    @Option(
        help: ArgumentHelp(
            "Want only the newest N episodes of a feed, or tracks of a list by its link.", valueName: "n"))
    var keep: Int?

    @Option(help: ArgumentHelp("Follow the feeds that this OPML file names, too.", valueName: "file"))
    var opml: String?

    @Argument(help: ArgumentHelp("References.", valueName: "ref"))
    var references: [String] = []

    func validate() throws {
        guard !references.isEmpty || opml != nil else { throw ValidationError("name lists to follow, or --opml FILE") }
        if maxTrash != nil, !mirror { throw ValidationError("--max-trash goes with --mirror") }
        do throws(Failure) { _ = try terms() } catch { throw ValidationError("--\(error.message)") }
    }

    private func terms() throws(Failure) -> FollowTerms {
        try FollowTerms(every: every, mirrors: mirror, mostTrashed: maxTrash, keep: keep)
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let (pipeline, terms) = (try file.pipeline(), try terms())
                let found = try pipeline.foundStages()
                if mirror, found.library == nil { throw pipeline.lacksLibrary }
                let catalogs = KnownCatalogs(found)
                let requests = try (references + feeds()).map { text throws(Failure) in
                    let request = try catalogs.request(Array(text.utf8), first: false, tell: complain)
                    try request.check(for: terms)
                    return request
                }
                let ledger = try Ledger(path: pipeline.ledger)
                let count = try ledger.change(now: millisecondsSince1970(), route: pipeline.route) { change in
                    try requests.count { try change.follow($0.record, terms) }
                }
                tell(count, requests.count - count, DriverLock.isHeld(ledger: pipeline.ledger))
                return 0
            })
    }

    /// The links that the OPML file names, in their order.
    private func feeds() throws(Failure) -> [String] {
        guard let opml else { return [] }
        guard let bytes = contents(of: opml, atMost: Self.mostBytes) else {
            throw .config("no_file", "cannot read \(opml), or it has more than \(Self.mostBytes) bytes")
        }
        return try OPML(bytes).feeds.map(\.link)
    }

    private static let mostBytes = 16 << 20

    private func tell(_ new: Int, _ known: Int, _ isRunning: Bool) {
        guard !output.json else {
            var object = JSONObject()
            object["followed"] = .integer(new)
            object["changed"] = .integer(known)
            return output.put(object.value)
        }
        let changed = known > 0 ? ", \(known) followed already, and now on these terms" : ""
        output.put(
            "\(new) followed\(changed); \(isRunning ? "the driver that runs" : "segue serve, or each segue run,") asks for them"
        )
    }
}

/// Lists what is followed.
struct Followed: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "followed",
        abstract: "List what is followed: when it is due, and what was new.",
        discussion: """
            With --opml as a file for other programs: feeds and lists by their links, without passwords and tokens.

              segue followed --pipeline Pipelines/library.yaml
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Write OPML.")
    var opml = false

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let follows = try Ledger(path: try file.pipeline().ledger).follows()
                if opml {
                    write(follows)
                } else {
                    for follow in follows {
                        output.put(follow.json.value, or: [follow.line])
                    }
                }
                return 0
            })
    }

    private func write(_ follows: [FollowedList]) {
        var feeds: [OPML.Feed] = []
        for follow in follows {
            guard let link = (try? follow.request.ref) ?? nil, WebLink.isOne(link) else { continue }
            let open = WebLink.withoutSecrets(link)
            if open != link { complain("\(follow.title ?? follow.reference) is written without what may be a secret") }
            feeds.append(OPML.Feed(title: follow.title, link: open))
        }
        OutputOption.put(bytes: Array(OPML.text(of: feeds).utf8))
    }
}

/// Follows lists no longer.
struct Unfollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unfollow",
        abstract: "Follow lists no longer. What they brought stays.",
        discussion: "  segue unfollow --pipeline Pipelines/library.yaml playlist:3")

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Argument(help: ArgumentHelp("References, or ids.", valueName: "ref"))
    var references: [String]

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let (ledger, catalogs) = (try Ledger(path: pipeline.ledger), KnownCatalogs(pipeline))
                let unknown = try ledger.change(now: millisecondsSince1970()) { change in
                    try references.filter { text in
                        try !([text] + catalogs.ids(of: text)).contains { try change.unfollow($0) }
                    }
                }
                for text in unknown { complain("\(WebLink.shown(text)) is not followed; segue followed lists what is") }
                let count = references.count - unknown.count
                output.put(JSON.items(count), or: ["\(count) followed no longer"])
                return unknown.isEmpty ? 0 : ExitStatus.failed.rawValue
            })
    }
}
