import Ledger
import Wire

extension FollowedList {
    /// Its reference, without passwords and tokens.
    package var reference: String { request.link ?? (try? request.ref) ?? id }

    package var json: JSONObject {
        var object = JSONObject()
        object["id"] = .string(id)
        object["ref"] = .string(reference)
        object["title"] = title.map(JSON.string)
        object["every_s"] = .integer(Int(terms.every / 1000))
        object["mirror"] = .boolean(terms.mirrors)
        object["max_trash"] = terms.mostTrashed.map(JSON.integer)
        object["keep"] = terms.keep.map(JSON.integer)
        object["state"] = .string(phase.rawValue)
        let moments = [("due", due), ("tried", tried), ("good", good), ("changed", changed)]
        for (name, moment) in moments { object[name] = moment.map { .string(timeText(milliseconds: $0)) } }
        object["result"] = outcome.map { .string($0.rawValue) }
        object["message"] = message.map(JSON.string)
        object["failures"] = failures > 0 ? .integer(failures) : nil
        object["new"] = .integer(gained)
        object["left"] = .integer(lost)
        return object
    }

    /// One line for people.
    package var line: String {
        let (next, every) = (due.map { "next \(clockText(Double($0) / 1000))" }, spanText(terms.every / 1000))
        let state =
            switch phase {
            case .resting: next ?? ""
            case .asked: "being asked"
            case .settling: "being tidied"
            case .ended: "ended"
            }
        return ["every \(every)", state, id, title ?? reference, news, message].compactMap(\.self).joined(
            separator: "  ")
    }

    private var news: String? {
        guard let changed else { return nil }
        return "\(gained) new, \(lost) left at \(clockText(Double(changed) / 1000))"
    }
}

/// A time as it is written in options: `90s`, `15m`, `6h` or `7d`.
private func spanText(_ seconds: Int64) -> String {
    let unit = [(86_400, "d"), (3600, "h"), (60, "m")].first { seconds % $0.0 == 0 } ?? (1, "s")
    return "\(seconds / Int64(unit.0))\(unit.1)"
}
