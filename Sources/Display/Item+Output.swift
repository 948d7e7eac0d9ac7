import Ledger
import Wire

extension Item {
    /// One line for people.
    package var line: String {
        [Self.pad(state.rawValue, 9), Self.pad(stage, 9), id, name, why].compactMap { $0 }.joined(separator: "  ")
    }

    /// Its name, with the states of its members if it is a collection; nil if only its id is known.
    package var name: String? {
        let name = title.map { title in artist.map { "\($0) - \(title)" } ?? title } ?? link
        guard let members, !members.isEmpty else { return name }
        return "\(name ?? id) (\(members.text))"
    }

    private var why: String? {
        if lacksArtwork { return "without its cover, which could not be fetched" }
        if let trouble { return "\(stage) is halted: \(trouble)" }
        if let need { return "waiting for \(need)" }
        guard let failure else { return due.map { "until \(clockText(Double($0) / 1000))" } ?? lack }
        let wait = due.map { ", again at \(clockText(Double($0) / 1000))" } ?? ""
        return "\(failure.stage): \(failure.message)\(wait)"
    }

    /// How many tracks fewer than announced a collection has.
    private var lack: String? {
        shortage.map { "the catalog announced \($0.announced) tracks and listed \($0.listed)" }
    }

    package var json: JSON { object.value }

    private var object: JSONObject {
        var object = JSONObject()
        object["id"] = .string(id)
        object["kind"] = .string(isCollection ? "collection" : "track")
        object["state"] = .string(state.rawValue)
        object["stage"] = .string(stage)
        object["title"] = title.map(JSON.string)
        object["artist"] = artist.map(JSON.string)
        object["ref"] = link.map(JSON.string)
        object["path"] = path.map(JSON.string)
        object["artwork"] = lacksArtwork ? .string(Placed.missing) : nil
        object["needs"] = need.map(JSON.string)
        object["trouble"] = trouble.map(JSON.string)
        object["due"] = due.map { .string(timeText(milliseconds: $0)) }
        object["added"] = .string(timeText(milliseconds: added))
        object["finished"] = finished.map { .string(timeText(milliseconds: $0)) }
        object["announced"] = shortage.map { .integer($0.announced) }
        object["listed"] = shortage.map { .integer($0.listed) }
        object["failures"] = failures > 0 ? .integer(failures) : nil
        if let list {
            var entry = JSONObject()
            entry["id"] = .string(list.id)
            entry["title"] = list.title.map(JSON.string)
            object["list"] = entry.value
        }
        object["first"] = isFirst ? .boolean(true) : nil
        object["failure"] = failure?.json
        object["members"] = members?.json
        return object
    }

    package func json(failures: [ItemFailure], collections: [(id: String, seq: Int)], line: [UInt8]) -> JSON {
        var object = object
        object["attempts"] = .array(failures.map(\.json))
        object["collections"] = .array(
            collections.map { collection in
                var object = JSONObject()
                object["id"] = .string(collection.id)
                object["seq"] = .integer(collection.seq)
                return object.value
            })
        object["record"] = try? JSON(parsing: line)
        return object.value
    }

    /// Lines for people: the item, and all that is known about it.
    package func description(failures: [ItemFailure], collections: [(id: String, seq: Int)]) -> [String] {
        var lines = [line]
        if let link { lines.append("  asked for   \(link)") }
        if let path { lines.append("  file        \(path)") }
        for collection in collections { lines.append("  in          \(collection.id), number \(collection.seq)") }
        for failure in failures {
            lines.append(
                "  \(timeText(milliseconds: failure.at))  \(failure.stage)  \(failure.failureClass) \(failure.code): \(failure.message)"
            )
        }
        return lines
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension ItemFailure {
    package var json: JSON {
        var object = JSONObject()
        object["at"] = .string(timeText(milliseconds: at))
        object["stage"] = .string(stage)
        object["class"] = .string(failureClass)
        object["code"] = .string(code)
        object["message"] = .string(message)
        object["host"] = host.map(JSON.string)
        return object.value
    }
}

extension [State: Int] {
    /// How many there are in each state: `2 done, 1 failed`.
    package var text: String {
        State.allCases.compactMap { state in self[state].map { "\($0) \(state.rawValue)" } }.joined(separator: ", ")
    }

    package var json: JSON {
        var counts = JSONObject()
        for (state, count) in sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            counts[state.rawValue] = .integer(count)
        }
        return counts.value
    }
}
