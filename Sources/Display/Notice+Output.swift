import DriverKit
import Ledger
import Wire

extension Notice {
    /// Lines for people: what it says for whom, and what became of it.
    package var lines: [String] {
        let tries = tries == 1 ? "tried once" : "tried \(tries) times"
        let why = trouble.map { "\(tries): \($0)" }
        return ["\(recipient)  \(event)  \(NoticeText(self).title)"]
            + [why, "next at \(clockText(Double(next) / 1000))"].compactMap(\.self).map { "    \($0)" }
    }

    package var json: JSON {
        var object = JSONObject()
        object["id"] = .string(id)
        object["recipient"] = .string(recipient)
        object["event"] = .string(event)
        object["title"] = .string(NoticeText(self).title)
        object["count"] = .integer(count)
        object["at"] = .string(timeText(milliseconds: at))
        object["tries"] = .integer(tries)
        object["message"] = trouble.map(JSON.string)
        object["next"] = .string(timeText(milliseconds: next))
        return object.value
    }
}

extension WaitingNotices {
    var line: String {
        let notices = count == 1 ? "1 notice waits" : "\(count) notices wait"
        return "\(notices) for \(recipient) until \(clockText(Double(next) / 1000)): \(message)"
    }

    package var json: JSON {
        var object = JSONObject()
        object["recipient"] = .string(recipient)
        object["count"] = .integer(count)
        object["message"] = .string(message)
        object["next"] = .string(timeText(milliseconds: next))
        return object.value
    }
}
