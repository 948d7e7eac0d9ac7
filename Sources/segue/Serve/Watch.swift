import ArgumentParser
import Display
import Files
import Foundation
import Glibc
import Ledger
import Limiter
import Processes
import Server
import Wire

/// Shows in a terminal what a server does, from its events.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a running segue serve from a terminal, on this machine or another.",
        discussion: """
            Shows the same as segue run, and starts nothing itself: on a terminal a block that is redrawn, elsewhere a \
            line for each item that ends. It reconnects by itself; Ctrl-C ends it, and not the server.

              segue watch --url http://127.0.0.1:7333/
            """)

    @Option(help: ArgumentHelp("Where the server is.", valueName: "url"))
    var url = "http://127.0.0.1:7333/"

    @Option(name: .customLong("token"), help: ArgumentHelp("The file with the server's token.", valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Print events on stdout as they come, as JSON, one per line.")
    var json = false

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let signals = try Signals()
                let token = try tokenFile.map { path throws(Failure) in try Token(path: path).text }
                guard let client = EventClient(url, token: token) else {
                    throw .permanent("bad_url", "\(url) is not of the form http://HOST:PORT/")
                }
                return try Watching(client, json: json, signals).run()
            })
    }
}

/// One server, watched from one terminal.
private final class Watching {
    private let client: EventClient
    private let json: Bool
    private let signals: Signals
    private let mailbox: Mailbox<News>
    private let screen: Screen?
    private var overview = Overview()
    private var active: [String: Overview.Busy] = [:]
    private var last: Int?
    private var hasBegun = false
    private var isAway = false
    private var drawnAt: Int64 = 0

    private enum News: Sendable {
        case event([UInt8])
        case end(Failure?)
    }

    private static let rest: Int64 = 2_000_000_000
    private static let frame: Int64 = 100_000_000

    init(_ client: EventClient, json: Bool, _ signals: Signals) throws(Failure) {
        (self.client, self.json, self.signals) = (client, json, signals)
        mailbox = try Mailbox()
        screen = json ? nil : Screen()
    }

    func run() throws(Failure) -> Int32 {
        defer { screen?.clear() }
        listen()
        var again: Int64?
        while true {
            var polls = [signals.descriptor, mailbox.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            poll(&polls, 2, 200)
            for signal in signals.drain() {
                if Signals.asksForTheEnd(signal) { return 0 }
                if signal == SIGWINCH { screen?.measure() }
            }
            for news in mailbox.drain() {
                switch news {
                case .event(let text): handle(text)
                case .end(let failure):
                    if let failure, !hasBegun || failure.class == .config { throw failure }
                    if !isAway { say("the server is away; trying again") }
                    isAway = true
                    again = monotonicNanoseconds() + Self.rest
                }
            }
            if let time = again, monotonicNanoseconds() >= time {
                again = nil
                listen()
            }
            draw()
        }
    }

    private func listen() {
        client.listen(since: last) { [mailbox] in
            mailbox.put(.event($0))
        } end: { [mailbox] in
            mailbox.put(.end($0))
        }
    }

    private func handle(_ text: [UInt8]) {
        (hasBegun, isAway) = (true, false)
        if json { return OutputOption.put(bytes: text) }
        guard let event = (try? JSON(parsing: text))?.object, let type = event["type"]?.string else { return }
        last = event["seq"]?.integer ?? last
        let id = event["id"]?.string ?? ""
        switch type {
        case "snapshot":
            active = [:]
            for record in event["active"]?.elements.compactMap(\.object) ?? [] {
                active[record["id"]?.string ?? ""] = Overview.Busy(record)
            }
            overview.update(with: event["stats"]?.object ?? JSONObject())
        case "stats": overview.update(with: event)
        case "started", "progress": active[id] = event["ready"] == nil ? Overview.Busy(event) : nil
        case "completed", "skipped", "failed", "cancelled", "waiting":
            active[id] = nil
            if type != "waiting" { tell(type, event) }
        case "damaged":
            let parts = [type, event["path"]?.string ?? id, event["finding"]?.string ?? ""]
            put(StyledLine(parts.joined(separator: "  "), .red))
        default: break
        }
    }

    private func tell(_ type: String, _ event: JSONObject) {
        let name = [event["artist"]?.string, event["title"]?.string].compactMap { $0 }.joined(separator: " - ")
        let members = event["members"]?.object.map(Self.counts) ?? [:]
        let title = (name.isEmpty ? event["id"]?.string ?? "" : name) + (members.isEmpty ? "" : " (\(members.text))")
        let isFailure = type == "failed" || members[.failed] != nil
        guard isFailure || screen == nil else { return }
        let why =
            isFailure
            ? event["message"]?.string.map { "\(event["stage"]?.string ?? "?"): \($0)" } : event["path"]?.string
        let state = isFailure ? "failed" : type == "completed" ? "done" : type
        put(
            StyledLine(
                [state.padded(to: 7), title, why].compactMap { $0 }.joined(separator: "  "), isFailure ? .red : .plain))
    }

    private static func counts(_ object: JSONObject) -> [State: Int] {
        State.allCases.reduce(into: [:]) { counts, state in counts[state] = object[state.rawValue]?.integer }
    }

    private func say(_ text: String) { put(StyledLine("segue: \(text)")) }

    private func put(_ line: StyledLine) {
        if let screen { return screen.say(line, block) }
        if json { return complain(line.text()) }
        OutputOption.put(bytes: Array(line.text().utf8))
    }

    private var block: [StyledLine] {
        screen.map { overview.lines(width: $0.width, height: $0.height) } ?? []
    }

    private func draw() {
        let now = monotonicNanoseconds()
        guard let screen, hasBegun, now - drawnAt >= Self.frame else { return }
        drawnAt = now
        overview.busy = active.sorted { ($0.value.stage, $0.key) < ($1.value.stage, $1.key) }.map(\.value)
        screen.draw(block)
    }
}

extension Overview {
    /// Takes the statistics that a server sent.
    fileprivate mutating func update(with statistics: JSONObject) {
        func count(_ state: State) -> Int { statistics[state.rawValue]?.integer ?? 0 }
        ended = Tally(done: count(.done), skipped: count(.skipped), failed: count(.failed))
        for state in State.allCases where !state.isFinal { left[state] = count(state) }
        bytesPerSecond = statistics["bytes_per_second"]?.number
        secondsLeft = statistics["seconds_left"]?.number
        isPaused = statistics["all_paused"]?.boolean ?? false
        isStopping = statistics["stopping"]?.boolean ?? false
        pauses = (statistics["pauses"]?.elements ?? []).compactMap { pause in
            guard let host = pause.object?["host"]?.string, let until = pause.object?["until"]?.string.flatMap(moment)
            else {
                return nil
            }
            return Limiter.Pause(host: host, until: until.timeIntervalSince1970)
        }
    }
}

extension Overview.Busy {
    fileprivate init(_ event: JSONObject) {
        let name = [event["artist"]?.string, event["title"]?.string].compactMap { $0 }.joined(separator: " - ")
        self.init(
            stage: event["stage"]?.string ?? "?", title: name.isEmpty ? event["id"]?.string ?? "" : name,
            bytes: event["bytes"]?.integer, total: event["total"]?.integer)
    }
}
