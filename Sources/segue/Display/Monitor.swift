import Glibc
import Ledger
import Limiter
import Server
import Wire

/// Tells what a driver does: on a terminal with a block that is drawn anew, off one with a line for each item at its end,
/// or with an event a line for programs.
final class Monitor {
    /// What is told to programs, when one wants it.
    private let events: Events?
    /// Where that goes, when it goes to stdout.
    let lines: EventLines?
    private let screen: Screen?
    private let tellsEnds: Bool
    private let isQuiet: Bool
    private let jsonLog: Bool
    private let startedAt = monotonicNanoseconds()

    private var tally = Tally()
    private var overview = Overview()
    private var rows = BusyRows()
    private var ends = Pace(seconds: 30)
    private var bytes = Pace(seconds: 5)
    private var bytesMoved = 0
    private var drawnAt: Int64 = 0
    private var lookedAt: Int64 = 0
    private var progressAt: Int64 = 0
    private var askedPauses = AskedPauses()
    private var toldStatistics: ArraySlice<UInt8> = []

    /// Nanoseconds between two drawings, and between two looks at what changes slowly.
    private static let frame: Int64 = 100_000_000
    private static let second: Int64 = 1_000_000_000
    private static let quarter: Int64 = 250_000_000

    /// With `json` events go to stdout; else to a feed, if there is one. With `jsonLog` what is said to people is JSON.
    init(_ plan: DriverPlan, isQuiet: Bool, json: Bool = false, jsonLog: Bool = false, feed: EventFeed? = nil) {
        lines = json ? EventLines() : nil
        let stages = plan.stages.map(\.name)
        events = (lines ?? feed as (any EventSink)?).map { Events($0, stages: stages) }
        screen = isQuiet || json || jsonLog ? nil : Screen()
        tellsEnds = !isQuiet && !json && screen == nil
        self.jsonLog = jsonLog
        self.isQuiet = isQuiet || json
    }

    /// Whether somebody looks on.
    var isLive: Bool { screen != nil || events != nil }

    /// Takes a look, if it is time for one.
    func turn(_ driver: Driver) {
        let now = monotonicNanoseconds()
        bytesMoved = driver.engine.bytesMoved
        for (host, count) in askedPauses.takeOver(now: now) {
            remark("\(host) may be asked again; \(Self.records(count)) waited for it")
        }
        overview.bytes = bytesMoved
        guard isLive, now - drawnAt >= Self.frame else { return }
        drawnAt = now
        bytes.note(bytesMoved, at: now)
        overview.bytesPerSecond = bytes.perSecond
        overview.isStopping = driver.isStopping
        if now - progressAt >= Self.quarter {
            events?.progress(driver.engine.crews, since: progressAt)
            progressAt = now
        }
        if now - lookedAt >= Self.second { lookSlowly(driver, now) }
        guard let screen else { return }
        overview.busy = rows.look(at: driver.engine.crews, now: now)
        screen.draw(block)
    }

    private func lookSlowly(_ driver: Driver, _ now: Int64) {
        let known = overview.pauses
        overview.pauses = Hosts.pauses(in: driver.plan.hostsFolder)
        for pause in overview.pauses where !known.contains(pause) { events?.throttled(pause) }
        (overview.stages, overview.isSpoolFull) = (driver.stages, driver.isSpoolFull)
        let statistics = overview.json.value.text
        if statistics != toldStatistics { events?.statistics(overview) }
        toldStatistics = statistics
        lookedAt = now
    }

    /// How many items stand where, as the ledger has just counted.
    func counted(_ counts: [Count], isPaused: Bool) {
        overview.ended = tally
        overview.all = [:]
        for count in counts { overview.all[count.state, default: 0] += count.count }
        overview.left = overview.all.filter { !$0.key.isFinal }
        ends.note(tally.sum, at: monotonicNanoseconds())
        let rate = ends.perSecond ?? 0
        let isMoving = overview.left[.ready, default: 0] + overview.left[.running, default: 0] > 0
        overview.secondsLeft = rate > 0 && isMoving ? Double(overview.open) / rate : nil
        if isPaused != overview.isPaused { events?.put(isPaused ? "paused" : "resumed") }
        overview.isPaused = isPaused
    }

    func resized() { screen?.measure() }

    func say(_ text: String) {
        if jsonLog { return log(text, "info") }
        guard let screen else { return complain(text) }
        screen.say(StyledLine("segue: \(text)"), block)
    }

    /// Says what is no fault.
    private func remark(_ text: String) { if !isQuiet { say(text) } }

    func note(_ stage: String, _ replica: Int, _ text: String) {
        guard !isQuiet else { return }
        // Our own stages begin their notes with their name.
        let words = text.hasPrefix("\(stage): ") ? text.dropFirst(stage.count + 2) : text[...]
        put(StyledLine("\(stage).\(replica): \(words)"))
    }

    /// A host asked to be left alone; `isKnown` where it was not asked again.
    func throttled(_ host: String, seconds: Int, isKnown: Bool) {
        let now = monotonicNanoseconds()
        guard askedPauses.note(host, seconds: seconds, isKnown: isKnown, now: now) else { return }
        let end = clockText(secondsSince1970() + Double(seconds))
        remark("\(host) asks to be left alone until \(end); what needs it waits")
    }

    private static func records(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

    func trouble(_ stage: String, _ failure: Failure) { say("the stage \(stage) stands still: \(failure.message)") }

    func added(_ id: String) { events?.put("added", id: id) { _ in } }

    func started(_ jobs: [Job], stage: String) {
        guard let events else { return }
        for job in jobs { events.started(job, stage: stage) }
    }

    /// An item that somebody took out of a replica's hands.
    func withdrawn(_ id: String) { events?.end(id) }

    func commanded(_ command: Command, cancelled: [String]) { events?.commanded(command, cancelled: cancelled) }

    /// What the ledger made of an answer; `item` is one at its end of which it knows more than the record.
    func booked(_ record: Record, _ answer: Answer, _ fate: Fate, item: Item? = nil) {
        events?.booked(record, answer, fate, members: item?.members)
        if case .waits(let until) = fate, let failure = answer.failure { tellTry(record, failure, until) }
        guard case .ended(let state) = fate else { return }
        tally.add(state, isCollection: record.kind == "done")
        let placed = (try? record.placed) ?? nil
        if state == .done, placed?.lacksArtwork == true { tally.withoutCover += 1 }
        let short = record.shortage.map { "the catalog announced \($0.announced) tracks and listed \($0.listed)" }
        if short != nil { tally.short += 1 }
        let (end, name) = (item?.state ?? state, item?.name ?? record.displayTitle)
        if end == .failed {
            let told = record["message"]?.string.map { "\(record["stage"]?.string ?? "?"): \($0)" }
            let message = told ?? item?.failure.map { "\($0.stage): \($0.message)" } ?? short
            put(StyledLine(["failed ", name, message].compactMap(\.self).joined(separator: "  "), .red))
        } else if let short {
            put(StyledLine("short    \(name)  \(short)", .yellow))
        } else if tellsEnds {
            put(StyledLine([end.rawValue.padded(to: 7), name, placed?.path].compactMap(\.self).joined(separator: "  ")))
        }
    }

    /// What failed and is tried again; a pause that a host asked for, and what is refused, are told once for all.
    private func tellTry(_ record: Record, _ failure: Failure, _ until: Int64) {
        guard [.transient, .stale].contains(failure.class) else { return }
        let again = clockText(Double(until) / 1000)
        let stage = record["stage"]?.string.map { "\($0): " } ?? ""
        put(StyledLine("waiting  \(record.displayTitle)  \(stage)\(failure.message), again at \(again)"))
    }

    /// Takes the block off the terminal.
    func leave() { screen?.clear() }

    /// Tells the sums, and what failed with its reasons.
    func close(_ counts: [Count], _ failures: [Item]) {
        leave()
        counted(counts, isPaused: overview.isPaused)
        events?.statistics(overview)
        var sums: [State: Int] = [:]
        for count in counts { sums[count.state, default: 0] += count.count }
        if lines == nil {
            let table = FailureTable(failures, of: sums[.failed, default: 0])
            for line in table.lines(width: screen?.width ?? FailureTable.plainWidth) { put(line, always: true) }
        }
        guard !isQuiet || tally.failed > 0 else { return }
        for (host, count) in askedPauses.takeOver() {
            conclude("\(Self.records(count)) waited for \(host), which asks to be left alone")
        }
        let time = durationText(Double(monotonicNanoseconds() - startedAt) / 1e9)
        let moved = bytesMoved > 0 ? ", \(sizeText(bytesMoved))" : ""
        let nothing = overview.left.isEmpty ? "nothing to do" : "nothing was done"
        conclude(tally.text.map { "\($0) in \(time)\(moved)" } ?? nothing)
        if tally.withoutCover > 0 {
            conclude("\(tally.withoutCover) without their cover, which could not be had; segue retag asks for it again")
        }
        if tally.short > 0 {
            let lists = tally.short == 1 ? "1 list has" : "\(tally.short) lists have"
            conclude("\(lists) fewer tracks than announced; segue list says how many")
        }
        let words = State.allCases.compactMap { state in sums[state].map { "\($0) \(state.rawValue)" } }
        if sums.values.reduce(0, +) > tally.sum { conclude("the ledger has " + words.joined(separator: ", ")) }
    }

    private var block: [StyledLine] {
        screen.map { overview.lines(width: $0.width, height: $0.height) } ?? []
    }

    private func put(_ line: StyledLine, always: Bool = false) {
        guard !isQuiet || always else { return }
        if jsonLog { return log(line.text(), line.isRed ? "error" : "info") }
        if let screen, !always { return screen.say(line, block) }
        let bytes = Array((line.text() + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    /// Says something when nothing is drawn any more.
    private func conclude(_ text: String) {
        if jsonLog { log(text, "info") } else { complain(text) }
    }

    private func log(_ text: String, _ level: String) {
        var object = JSONObject()
        object["time"] = .string(timeText(milliseconds: milliseconds()))
        object["level"] = .string(level)
        object["message"] = .string(text)
        let bytes = Array(object.value.text) + [10]
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
