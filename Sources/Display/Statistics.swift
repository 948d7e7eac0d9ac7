import Ledger
import Limiter
import Wire

/// How many items are in each state, how fast it goes, and what stands still and why; as far as the ledger knows.
package struct Statistics {
    private let counts: [Count]
    private let isRunning: Bool
    private let isPaused: Bool
    private let pauses: [Limiter.Pause]
    private let held: [Held]
    private let troubles: [Trouble]
    private let notices: [WaitingNotices]
    /// Nil without a driver.
    private let pace: RecentPace?
    /// When the next of the waiting items is due, in milliseconds since 1970.
    private let nextDue: Int64?

    /// Reads a ledger; `now` is in milliseconds since 1970.
    ///
    /// - Throws: what ``Ledger`` throws.
    package init(_ ledger: Ledger, pauses: [Limiter.Pause], isRunning: Bool, now: Int64) throws(Failure) {
        (self.pauses, self.isRunning) = (pauses, isRunning)
        isPaused = try ledger.change(now: now) { try $0.isPaused() }
        (counts, held, troubles) = (try ledger.counts(), try ledger.held(), try ledger.troubles())
        pace = isRunning && !isPaused ? try ledger.recentPace(now: now) : nil
        (nextDue, notices) = (try ledger.nextDue(), try ledger.waitingNotices())
    }

    private func sum(_ states: State...) -> Int {
        counts.filter { states.contains($0.state) }.reduce(0) { $0 + $1.count }
    }

    private var successRate: Double? {
        let (done, failed) = (sum(.done), sum(.failed))
        return done + failed > 0 ? Double(done) / Double(done + failed) : nil
    }

    private var secondsLeft: Double? {
        guard let rate = pace?.itemsPerSecond, rate > 0, case let open = sum(.ready, .running, .waiting), open > 0
        else { return nil }
        return Double(open) / rate
    }

    /// For people; `stages` are the names of the pipeline's.
    package func lines(_ stages: [String]) -> [String] {
        let total = counts.reduce(0) { $0 + $1.count }
        let states = State.allCases.filter { sum($0) > 0 }
        var lines = [
            "\(total) items" + (states.isEmpty ? "" : ": ")
                + states.map { "\(sum($0)) \($0.rawValue)" }.joined(separator: ", ")
        ]
        for stage in stages {
            let here = State.allCases.filter { !$0.isFinal }.compactMap { state in
                counts.first { $0.stage == stage && $0.state == state }.map { "\($0.count) \(state.rawValue)" }
            }
            if !here.isEmpty { lines.append("  \(stage): " + here.joined(separator: ", ")) }
        }
        lines += [success, speed].compactMap(\.self) + standstills
        lines.append(isRunning ? "a driver runs" : "no driver runs")
        if isPaused { lines.append("everything is paused; segue resume --all lets it go on") }
        return lines
    }

    private var success: String? {
        // 99.96 % is not all.
        successRate.map { "success rate \(Double(Int($0 * 1000)) / 10) %" }
    }

    private var speed: String? {
        guard let pace else { return nil }
        let rate = pace.itemsPerSecond * 60
        let items = rate < 10 ? "\((rate * 10).rounded() / 10)" : "\(Int(rate.rounded()))"
        let bytes = pace.bytesPerSecond > 0 ? ", \(sizeText(Int(pace.bytesPerSecond)))/s" : ""
        let left = secondsLeft.map { "; \(durationText($0)) left at that pace" } ?? ""
        return "\(items) items a minute\(bytes) lately\(left)"
    }

    private var standstills: [String] {
        var lines = troubles.map { trouble in
            let stands = isRunning ? "is halted" : "was halted when the last driver ended"
            return "the stage \(trouble.stage) \(stands): \(trouble.message)"
        }
        lines += held.map { "\($0.count) waiting at \($0.stage) for \($0.need), which refuses" }
        lines += pauses.map { "\($0.host) is paused until \(clockText($0.until))" }
        lines += notices.map(\.line)
        if let nextDue { lines.append("the next of those waiting is due at \(clockText(Double(nextDue) / 1000))") }
        return lines
    }

    package var json: JSON {
        var object = JSONObject()
        object["driver"] = .boolean(isRunning)
        object["all_paused"] = .boolean(isPaused)
        for state in State.allCases { object[state.rawValue] = .integer(sum(state)) }
        object["success_rate"] = successRate.map(JSON.number)
        object["items_per_second"] = (pace?.itemsPerSecond).map(JSON.number)
        object["bytes_per_second"] = pace.map { .integer(Int($0.bytesPerSecond)) }
        object["seconds_left"] = secondsLeft.map { .integer(Int($0)) }
        object["next_due"] = nextDue.map { .string(timeText(milliseconds: $0)) }
        object["pauses"] = .array(pauses.map(\.json))
        object["held"] = .array(held.map(\.json))
        object["troubles"] = .array(troubles.map(\.json))
        object["notices"] = .array(notices.map(\.json))
        object["stages"] = .array(
            counts.filter { !$0.state.isFinal }.map { count in
                var object = JSONObject()
                object["stage"] = .string(count.stage)
                object["state"] = .string(count.state.rawValue)
                object["count"] = .integer(count.count)
                return object.value
            })
        return object.value
    }
}

extension Trouble {
    package var json: JSON {
        var object = JSONObject()
        object["stage"] = .string(stage)
        object["message"] = .string(message)
        return object.value
    }
}

extension Held {
    fileprivate var json: JSON {
        var object = JSONObject()
        object["stage"] = .string(stage)
        object["needs"] = .string(need)
        object["count"] = .integer(count)
        return object.value
    }
}
