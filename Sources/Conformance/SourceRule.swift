import Wire

/// One thing that the manual asks of a source, and how to check it besides what `resolve` sees.
package struct SourceRule: Sendable {
    package let name: String
    /// One sentence for people.
    package let summary: String
    var check: @Sendable (SourceExamination) -> Finding = { _ in .pass }

    static let hello = "answers-hello"

    /// All rules, in the order in which they are judged.
    package static let all = [
        SourceRule(
            name: hello, summary: "It answers the first question with a hello of the right shape.", check: \.greeting),
        SourceRule(name: "answers-in-time", summary: "It never goes longer without a line than it may."),
        SourceRule(name: "stays-alive", summary: "It runs until its input ends."),
        SourceRule(
            name: "valid-lines",
            summary: "Each line is one JSON object with a kind that fits, and no longer than a MiB."),
        SourceRule(name: "nothing-unasked", summary: "It writes nothing while nothing is asked."),
        SourceRule(name: "own-ids", summary: "A track has the id that was asked for."),
        SourceRule(
            name: "right-members",
            summary: "Members have the types of the contract, and a row has an id or says what to look for."),
        SourceRule(
            name: "errors-in-words",
            summary: "An error is permanent, transient or throttled, with a code and a message."),
        SourceRule(name: "bounded-answers", summary: "An answer has at most 10,000 rows and 64 MiB."),
        SourceRule(name: "ends-pages", summary: "A list comes to an end."),
        SourceRule(name: "bounded-gets", summary: "It gets at most 100 URLs and 256 MiB for one question."),
        SourceRule(
            name: "asks-the-web", summary: "It gets only http and https URLs, near ones only of its bases."),
        SourceRule(
            name: "media-links", summary: "Media has a known format, and an http or https URL, near only at its bases.",
            check: \.media),
        SourceRule(
            name: "finds-references", summary: "What its author says exists is answered with tracks.",
            check: \.found),
        SourceRule(
            name: "refuses-unknown", summary: "What does not exist is a permanent error.", check: \.unknowns),
        SourceRule(
            name: "same-again", summary: "The same question gets the same tracks again.", check: \.repetitions),
        SourceRule(
            name: "rows-agree", summary: "A row with media says of its track what the track itself says.", check: \.rows
        ),
        SourceRule(name: "ends-at-eof", summary: "When its input ends, it ends.")
    ]
}

extension SourceExamination {
    fileprivate var greeting: Finding {
        talk.hasHello ? .pass : .fail("it says no hello", line: talk.turns.first?.last?.text)
    }

    fileprivate var media: Finding {
        let answers = talk.turns.filter { $0.kind == "track" }
        for answer in answers.compactMap(\.last) where !answer.line.hasUsableMedia {
            return .fail("a track without media in a format that is known", line: answer.text)
        }
        return answers.isEmpty ? .skipped("no track was answered") : .pass
    }

    fileprivate var found: Finding {
        for reference in references {
            let asked = talk.turns.first {
                $0.track == reference.id
                    || $0.question["expand"]?.string == "\(reference.kind.rawValue):\(reference.id)"
            }
            guard let turn = asked, let last = turn.last else { return .fail("no answer to \(reference.text)") }
            guard turn.isAnswered else {
                return .fail("no track for \(reference.kind.rawValue):\(reference.id)", line: last.text)
            }
            if turn.kind == "done", turn.rows.isEmpty { return .fail("no row", line: last.text) }
        }
        return .pass
    }

    fileprivate var unknowns: Finding {
        let turns = talk.turns.filter {
            $0.track == Self.unknown || $0.question["expand"]?.string == "album:\(Self.unknown)"
        }
        for last in turns.compactMap(\.last) where last.line["class"]?.string != "permanent" {
            return .fail("an answer to what does not exist, in place of a permanent error", line: last.text)
        }
        return turns.contains { $0.last != nil } ? .pass : .skipped("it gave no answer")
    }

    fileprivate var repetitions: Finding {
        var known: [[UInt8]: SourceTalk.Turn] = [:]
        for turn in talk.turns where turn.isAnswered {
            let question = Array(turn.question.value.text)
            guard let before = known.updateValue(turn, forKey: question) else { continue }
            let pairs = zip(before.lines, turn.lines)
            if before.lines.count != turn.lines.count {
                return .fail("\(before.lines.count) lines, and \(turn.lines.count) the second time", line: question)
            }
            if let pair = pairs.first(where: { !$0.line.describesTheSame(as: $1.line) }) {
                return .fail("another answer the second time", line: pair.1.text)
            }
        }
        return .pass
    }

    fileprivate var rows: Finding {
        var judged = 0
        for row in talk.turns.flatMap(\.rows) where row.line.hasMedia {
            guard let id = row.line["id"]?.string,
                let answer = talk.turns.first(where: { $0.track == id && $0.kind == "track" })?.last
            else { continue }
            judged += 1
            if !row.line.describesTheSame(as: answer.line) { return .fail("not what track \(id) says", line: row.text) }
        }
        return judged == 0 ? .skipped("no row has media") : .pass
    }
}

extension JSONObject {
    fileprivate var hasMedia: Bool { self["media"].map { $0.object != nil || !$0.elements.isEmpty } ?? false }

    fileprivate var hasUsableMedia: Bool {
        let offers = self["media"].map { $0.object == nil ? $0.elements : [$0] } ?? []
        return offers.contains { $0.object?["format"]?.string.flatMap(Format.init(rawValue:)) != nil }
    }

    /// Whether two lines are of one track, and say the same of it.
    fileprivate func describesTheSame(as other: JSONObject) -> Bool {
        ["kind", "id", "track"].allSatisfy { name in
            guard let mine = self[name], let its = other[name] else { return self[name] == nil && other[name] == nil }
            return mine.means(its)
        }
    }
}
