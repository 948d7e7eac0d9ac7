import Ledger
import Wire

/// A notice as its recipient gets it, with its words for people.
package struct NoticeText {
    package let title: String
    /// A line for each of the first things that happened.
    let text: String

    package init(_ notice: Notice) {
        let lines = notice.items.map { Self.line(of: $0, notice.event) }
        let more = notice.count - lines.count
        title = notice.count == 1 ? lines.first ?? notice.event : "\(notice.count) \(Self.noun(notice.event))"
        text = (lines + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "\n")
    }

    private static func noun(_ event: String) -> String {
        switch Occasion(rawValue: event) {
        case .finished: "finished"
        case .failed: "failed"
        case .stopped: "stages are halted"
        case .damaged: "damaged files"
        case nil: event
        }
    }

    private static func line(of item: JSONObject, _ event: String) -> String {
        func text(_ name: String) -> String? { item[name]?.string }
        let names = [text("artist"), text("title")].compactMap(\.self).joined(separator: " - ")
        let name = names.isEmpty ? text("id") ?? "" : names
        let line =
            switch Occasion(rawValue: event) {
            case .finished: name + (item["tracks"]?.object.map { ": \(counts($0))" } ?? "")
            case .failed: "failed: \(name): \(text("stage") ?? ""): \(text("message") ?? "")"
            case .stopped: "the stage \(text("stage") ?? "") is halted: \(text("message") ?? "")"
            case .damaged: "\(text("finding") ?? ""): \(text("path") ?? "")"
            case nil: name
            }
        return line.harmless.replacing("\n", with: " ")
    }

    /// How many tracks of a list there are, and how many not.
    private static func counts(_ tracks: JSONObject) -> String {
        func count(_ states: State...) -> Int { states.reduce(0) { $0 + (tracks[$1.rawValue]?.integer ?? 0) } }
        let there = count(.done, .skipped)
        let others = [(count(.failed), "failed"), (count(.cancelled), "cancelled")].filter { $0.0 > 0 }
        return (["\(there) \(there == 1 ? "track" : "tracks")"] + others.map { "\($0.0) \($0.1)" })
            .joined(separator: ", ")
    }
}

extension Record {
    /// The line that a recipient's program gets.
    init(_ notice: Notice) {
        self.init(kind: "notice", id: notice.id)
        let words = NoticeText(notice)
        edit("notice") { section in
            section["event"] = .string(notice.event)
            section["title"] = .string(words.title)
            section["text"] = .string(words.text)
            section["at"] = .integer(Int(notice.at))
            section["count"] = .integer(notice.count)
            section["items"] = .array(notice.items.map(\.value))
        }
    }
}
