import Processes
import Wire

/// What one run of the stage was given, and what it answered.
struct Exchange {
    let inputs: [Record]
    let replies: [Reply]
    /// How it ended by itself; nil if it had to be killed.
    let ending: Child.Ending?
    let isFlooding: Bool
    /// The line on stderr that says best why it ended.
    let lastWords: String?
    /// The names of processes in its group that outlived it.
    let leftovers: [String]
    /// Lines under an input's id, even if the rest of the line is broken.
    private(set) var finals: [Key: [Reply]] = [:]
    /// Lines whose parent is an input.
    private(set) var children: [Key: [Reply]] = [:]
    /// Lines under an id that nobody sent.
    private(set) var strangers: [Reply] = []

    static let cannotBeRead = "some answers cannot be read: see valid-lines and clean-stdout"

    init(_ inputs: [Record], _ trial: Trial, leftovers: [String] = [], expands: Bool) {
        (self.inputs, replies, self.leftovers) = (inputs, trial.replies, leftovers)
        (ending, isFlooding, lastWords) = (
            trial.isOver ? trial.child.ending : nil, trial.isFlooding, trial.errors.reason(trial.child.ending)
        )
        let asked = Dictionary(inputs.map { (Key($0.id), $0) }) { first, _ in first }
        for reply in replies {
            guard let id = reply.id.map(Key.init) else { continue }
            let parent = reply.record?.parent.map(Key.init)
            if let input = asked[id], !expands || parent == input.parent.map(Key.init) {
                finals[id, default: []].append(reply)
            } else if expands, let parent, asked[parent] != nil {
                children[parent, default: []].append(reply)
            } else {
                strangers.append(reply)
            }
        }
    }

    /// Each input whose first answer is a record, with that.
    var answers: [(input: Record, reply: Reply, answer: Record)] {
        inputs.compactMap { input in
            guard let reply = finals[Key(input.id)]?.first, let answer = reply.record else { return nil }
            return (input, reply, answer)
        }
    }

    var unanswered: [Record] { inputs.filter { finals[Key($0.id)] == nil } }

    /// How it ended, for messages; nil if it had to be killed.
    var fate: String? {
        let words = lastWords.map { ": \($0)" } ?? ""
        return switch ending {
        case .exited(let status): "it ended with status \(status)\(words)"
        case .signalled(let signal): "it died of signal \(signal)\(words)"
        case nil: nil
        }
    }

    var isUnreadable: Bool { replies.contains(where: \.isUnreadable) }

    /// Whether each input has one answer, and nothing else was written.
    var completeness: Finding {
        if isFlooding {
            return .fail("it writes without end in answer to \(inputs.count) records", line: replies.last?.text)
        }
        if let again = inputs.lazy.compactMap({ finals[Key($0.id)] }).first(where: { $0.count > 1 }) {
            return .fail("a second answer to \(again[1].id ?? "")", line: again[1].text)
        }
        let missing = unanswered
        if !missing.isEmpty, missing.count == strangers.count {
            return .skipped("the answers have other ids than the records: see keeps-identity")
        }
        if let first = missing.first {
            if replies.count(where: \.isUnreadable) >= missing.count {
                return .skipped(Self.cannotBeRead)
            }
            let end = fate ?? "it took too long"
            return .fail("no answer to \(first.id): \(end)", line: Array(first.line))
        }
        if let stranger = strangers.first {
            let hint = stranger.record?.parent == nil ? "" : "; for children there is --mode expand"
            return .fail("a line that answers nothing: nobody sent \(stranger.id ?? "")\(hint)", line: stranger.text)
        }
        return .pass
    }
}
