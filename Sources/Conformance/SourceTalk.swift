import Files
import Foundation
import Wire

/// What was said between `resolve` and a source, as its transcript has it.
struct SourceTalk {
    /// A question and its answer, without requests.
    struct Turn {
        let question: JSONObject
        /// The lines of the answer, in order, each with its bytes.
        var lines: [(text: [UInt8], line: JSONObject)] = []

        /// The id that a `track` asks for.
        var track: String? { question["track"]?.string }
        var last: (text: [UInt8], line: JSONObject)? { lines.last }
        var kind: String? { last?.line["kind"]?.string }
        var rows: ArraySlice<(text: [UInt8], line: JSONObject)> { lines.dropLast() }
        /// Whether it came to its end with something else than an error.
        var isAnswered: Bool { kind == "track" || kind == "done" }
    }

    /// A rule that `resolve` saw broken.
    struct Fault {
        let rule: String
        let what: String
        /// The line that broke it, if there is one.
        let line: [UInt8]?
    }

    private(set) var turns: [Turn] = []
    private(set) var faults: [Fault] = []

    /// Whether the source said hello.
    var hasHello: Bool { turns.contains { $0.kind == "hello" } }

    /// Adds a transcript; none if the file is not there.
    mutating func read(_ path: String) {
        guard let data = FileManager.default.contents(atPath: path) else { return }
        var said: [UInt8]?
        for line in data.split(separator: 10) where line.count > 2 {
            let text = Array(line.dropFirst(2))
            let object = (try? JSON(parsing: text))?.object
            switch line.first {
            case UInt8(ascii: ">"):
                said = nil
                if let object, object["kind"] == nil { turns.append(Turn(question: object)) }
            case UInt8(ascii: "<"):
                said = text
                if let object, object["kind"]?.string != "get", !turns.isEmpty {
                    turns[turns.count - 1].lines.append((text, object))
                }
            default:
                let words = String(decoding: text, as: UTF8.self).split(separator: " ", maxSplits: 1).map(String.init)
                faults.append(Fault(rule: words[0], what: words.count > 1 ? words[1] : "", line: said))
            }
        }
    }
}
