import DriverKit
import Glibc
import Ledger
import Limiter
import Processes
import Server
import Wire

/// Reports what a driver does: on a terminal with a block that is redrawn, elsewhere with a line for each item that
/// ended, and for programs with an event per line.
package final class Monitor {
    /// Events for programs, if one wants them.
    private let events: Events?
    /// Where events go, if they go to stdout.
    package let outlet: Outlet?
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
    private var drawnAt: Int64 = 0
    private var lookedAt: Int64 = 0
    private var progressAt: Int64 = 0
    private var askedPauses = AskedPauses()
    private var toldStatistics: ArraySlice<UInt8> = []

    /// Nanoseconds between redraws, between statistics, and between progress events.
    private static let frame: Int64 = 100_000_000
    private static let second: Int64 = 1_000_000_000
    private static let quarter: Int64 = 250_000_000

    /// With `json`, events go to stdout; else to `feed`, if there is one. With `jsonLog`, messages for people are JSON.
    package init(stages: [String], isQuiet: Bool, json: Bool = false, jsonLog: Bool = false, feed: EventFeed? = nil) {
        let lines = json ? EventLines() : nil
        outlet = lines?.outlet
        events = (lines ?? feed as (any EventSink)?).map { Events($0, stages: stages) }
        screen = isQuiet || json || jsonLog ? nil : Screen()
        tellsEnds = !isQuiet && !json && screen == nil
        self.jsonLog = jsonLog
        self.isQuiet = isQuiet || json
    }

    /// Whether anyone is watching.
    package var isLive: Bool { screen != nil || events != nil }

    /// Shows an event.
    package func show(_ event: DriverEvent) {
        switch event {
        case .added(let id): events?.put("added", id: id)
        case .started(let jobs, let stage): for job in jobs { events?.started(job, stage: stage) }
        case .booked(let record, let answer, let fate, let item): booked(record, answer, fate, item)
        case .withdrawn(let id): events?.end(id)
        case .commanded(let command, let cancelled): events?.commanded(command, cancelled: cancelled)
        case .throttled(let host, let seconds, let isKnown): throttled(host, seconds: seconds, isKnown: isKnown)
        case .damaged(let file): events?.put("damaged", id: file.id, file.write(into:))
        case .trouble(let stage, let failure): say("the stage \(stage) is halted: \(failure.message)")
        case .note(let stage, let replica, let text): note(stage, replica, text)
        case .remark(let text): say(text)
        case .counted(let counts, let isPaused): counted(counts, isPaused: isPaused)
        case .resized: screen?.measure()
        case .ended(let counts, let failures, let bytes): close(counts, failures, bytesMoved: bytes)
        }
    }

    /// Updates the display, if it is time to; `glance` is only evaluated then.
    package func turn(_ glance: @autoclosure () -> Glance) {
        let now = monotonicNanoseconds()
        for (host, count) in askedPauses.takeOver(now: now) {
            remark("the pause of \(host) is over; \(Self.records(count)) waited for it")
        }
        guard isLive, now - drawnAt >= Self.frame else { return }
        drawnAt = now
        look(at: glance(), now)
        screen?.draw(block)
    }

    private func look(at glance: Glance, _ now: Int64) {
        overview.bytes = glance.bytesMoved
        bytes.note(glance.bytesMoved, at: now)
        overview.bytesPerSecond = bytes.perSecond
        overview.isStopping = glance.isStopping
        if now - progressAt >= Self.quarter {
            events?.progress(glance.busy, since: progressAt)
            progressAt = now
        }
        if now - lookedAt >= Self.second { lookSlowly(at: glance, now) }
        if screen != nil { overview.busy = rows.look(at: glance.busy, now: now) }
    }

    private func lookSlowly(at glance: Glance, _ now: Int64) {
        let known = overview.pauses
        overview.pauses = glance.pauses
        for pause in overview.pauses where !known.contains(pause) { events?.throttled(pause) }
        (overview.stages, overview.isSpoolFull) = (glance.stages, glance.isSpoolFull)
        let statistics = overview.json.value.text
        if statistics != toldStatistics { events?.statistics(overview) }
        toldStatistics = statistics
        lookedAt = now
    }

    /// Takes the number of items in each state and stage, as the ledger has just counted them.
    private func counted(_ counts: [Count], isPaused: Bool) {
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

    package func say(_ text: String) {
        if jsonLog { return log(text, "info") }
        guard let screen else { return complain(text) }
        screen.say(StyledLine("segue: \(text)"), block)
    }

    /// Says something that is not an error.
    private func remark(_ text: String) { if !isQuiet { say(text) } }

    private func note(_ stage: String, _ replica: Int, _ text: String) {
        guard !isQuiet else { return }
        // Our own stages begin their notes with their name.
        let words = text.hasPrefix("\(stage): ") ? text.dropFirst(stage.count + 2) : text[...]
        put(StyledLine("\(stage).\(replica): \(words)"))
    }

    /// A host asked for a pause; with `isKnown` it was not asked again.
    private func throttled(_ host: String, seconds: Int, isKnown: Bool) {
        let now = monotonicNanoseconds()
        guard askedPauses.note(host, seconds: seconds, isKnown: isKnown, now: now) else { return }
        let end = clockText(secondsSince1970() + Double(seconds))
        remark("\(host) asks for a pause until \(end); its records wait")
    }

    private static func records(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

    /// Shows what the ledger made of an answer; `item` is set if the ledger knows more about one that ended.
    private func booked(_ record: Record, _ answer: Answer, _ fate: Fate, _ item: Item?) {
        events?.booked(record, answer, fate, members: item?.members)
        if case .waits(let until) = fate, let failure = answer.failure { tellTry(record, failure, until) }
        // A followed list that is as it was is no news.
        guard case .ended(let state) = fate, record["unchanged"] == nil else { return }
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

    /// Shows a failure that will be retried. Pauses and refusals are reported once for all records, and not here.
    private func tellTry(_ record: Record, _ failure: Failure, _ until: Int64) {
        guard [.transient, .stale].contains(failure.class) else { return }
        let again = clockText(Double(until) / 1000)
        let stage = record["stage"]?.string.map { "\($0): " } ?? ""
        put(StyledLine("waiting  \(record.displayTitle)  \(stage)\(failure.message), again at \(again)"))
    }

    /// Removes the block from the terminal.
    package func leave() { screen?.clear() }

    /// Shows the totals, and what failed with the reasons.
    private func close(_ counts: [Count], _ failures: [Item], bytesMoved: Int) {
        leave()
        overview.bytes = bytesMoved
        counted(counts, isPaused: overview.isPaused)
        events?.statistics(overview)
        var sums: [State: Int] = [:]
        for count in counts { sums[count.state, default: 0] += count.count }
        if outlet == nil {
            let table = FailureTable(failures, of: sums[.failed, default: 0])
            for line in table.lines(width: screen?.width ?? FailureTable.plainWidth) { put(line, always: true) }
        }
        guard !isQuiet || tally.failed > 0 else { return }
        for (host, count) in askedPauses.takeOver() {
            conclude("\(Self.records(count)) waited for \(host), which asked for a pause")
        }
        let time = durationText(Double(monotonicNanoseconds() - startedAt) / 1e9)
        let moved = bytesMoved > 0 ? ", \(sizeText(bytesMoved))" : ""
        let nothing = overview.left.isEmpty ? "nothing to do" : "nothing was done"
        conclude(tally.text.map { "\($0) in \(time)\(moved)" } ?? nothing)
        if tally.withoutCover > 0 {
            conclude("\(tally.withoutCover) without their cover, which could not be fetched; segue retag tries again")
        }
        if tally.short > 0 {
            let lists = tally.short == 1 ? "1 list has" : "\(tally.short) lists have"
            conclude("\(lists) fewer tracks than announced; segue list shows how many")
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
        writeToStandardError(line.text() + "\n")
    }

    /// Says something after the last redraw.
    private func conclude(_ text: String) {
        if jsonLog { log(text, "info") } else { complain(text) }
    }

    private func log(_ text: String, _ level: String) {
        var object = JSONObject()
        object["time"] = .string(timeText(milliseconds: millisecondsSince1970()))
        object["level"] = .string(level)
        object["message"] = .string(text)
        writeToStandardError(String(decoding: object.value.text, as: UTF8.self) + "\n")
    }
}
