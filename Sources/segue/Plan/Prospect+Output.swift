import Display
import Files
import Wire

extension Prospect {
    /// One line for people.
    var line: String {
        switch fate {
        case .fetch(_, let media):
            let name = path.map(Self.relativePath) ?? id
            let bytes = media?.bytes.map(sizeText)
            let facts = [media?.format.rawValue, bytes].compactMap { $0 }.joined(separator: ", ")
            return Self.joined("fetch", name, facts.isEmpty ? "" : "(\(facts))", matched, trouble)
        case .again: return Self.joined("again", id, "is there already")
        case .skip(let why, let path): return Self.joined("skip", path.map(Self.relativePath) ?? id, why)
        case .fail(let stage, let message, _): return Self.joined("fail", id, "\(stage): \(message)")
        case .list(let title, let count, let total):
            let lack = total.map { $0 == count ? "" : " of \($0)" } ?? ""
            return Self.joined("list", id, title.map { "\"\($0)\"" } ?? "", "has \(count)\(lack)")
        }
    }

    private var matched: String {
        match.map { "for \"\($0.row)\", by \($0.by.replacing("_", with: " "))" } ?? ""
    }

    private var trouble: String {
        if let owner { return "since \(owner) has the name without the number" }
        return isTaken ? "a file has that name already" : ""
    }

    private static func joined(_ word: String, _ parts: String...) -> String {
        let text = parts.filter { !$0.isEmpty }.joined(separator: "  ")
        return word + String(repeating: " ", count: 7 - word.utf8.count) + text.harmless
    }

    /// The path relative to the current folder, if it is in there.
    private static func relativePath(_ path: String) -> String {
        let here = absolute(".") + "/"
        return path.utf8.starts(with: here.utf8)
            ? String(decoding: path.utf8.dropFirst(here.utf8.count), as: UTF8.self) : path
    }

    var json: JSON {
        var object = JSONObject()
        object["plan"] = .string(word)
        object["id"] = .string(id)
        object["parent"] = parent.map(JSON.string)
        object["seq"] = seq.map(JSON.integer)
        object["path"] = path.map(JSON.string)
        switch fate {
        case .fetch(_, let media):
            object["format"] = (media?.format.rawValue).map(JSON.string)
            object["bytes"] = media?.bytes.map(JSON.integer)
            object["taken"] = isTaken ? .boolean(true) : nil
        case .again: break
        case .skip(let why, let path):
            object["why"] = .string(why)
            object["path"] = path.map(JSON.string)
        case .fail(let stage, let message, let code):
            object["stage"] = .string(stage)
            object["code"] = .string(code)
            object["message"] = .string(message)
        case .list(let title, let count, let total):
            object["title"] = title.map(JSON.string)
            object["n"] = .integer(count)
            object["total"] = total.map(JSON.integer)
        }
        object["collides_with"] = owner.map(JSON.string)
        object["match"] = (match?.by).map(JSON.string)
        object["row"] = (match?.row).map(JSON.string)
        return object.value
    }

    private var word: String {
        switch fate {
        case .fetch: "fetch"
        case .again: "again"
        case .skip: "skip"
        case .fail: "fail"
        case .list: "list"
        }
    }
}
