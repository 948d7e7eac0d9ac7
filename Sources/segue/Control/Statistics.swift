import Display
import Ledger
import Limiter
import Wire

/// Shows how many items are in each state.
struct Statistics {
    let counts: [Count]
    let isRunning: Bool
    let isPaused: Bool
    let pauses: [Limiter.Pause]
    var held: [Held] = []
    var troubles: [Trouble] = []

    private func sum(_ state: State) -> Int { counts.filter { $0.state == state }.reduce(0) { $0 + $1.count } }

    func lines(_ stages: [String]) -> [String] {
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
        for trouble in troubles {
            let stands = isRunning ? "is halted" : "was halted when the last driver ended"
            lines.append("the stage \(trouble.stage) \(stands): \(trouble.message)")
        }
        for one in held { lines.append("\(one.count) waiting at \(one.stage) for \(one.need), which refuses") }
        for pause in pauses { lines.append("\(pause.host) is paused until \(clockText(pause.until))") }
        lines.append(isRunning ? "a driver runs" : "no driver runs")
        if isPaused { lines.append("everything is paused; segue resume --all lets it go on") }
        return lines
    }

    var json: JSON {
        var object = JSONObject()
        object["driver"] = .boolean(isRunning)
        object["all_paused"] = .boolean(isPaused)
        for state in State.allCases { object[state.rawValue] = .integer(sum(state)) }
        object["pauses"] = .array(
            pauses.map(\.json))
        object["held"] = .array(held.map(\.json))
        object["troubles"] = .array(troubles.map(\.json))
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
    var json: JSON {
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
