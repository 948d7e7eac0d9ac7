import Processes
import Wire

extension Rule {
    static let identity = [
        Rule(
            name: "keeps-ids",
            summary:
                "Ids and parents are strings that come back byte for byte: not as numbers, not trimmed, not normalised.",
            needs: ["answers-everything", "keeps-identity"], check: keepsIds)
    ]

    /// Ids that change if a program reads them as numbers, or normalises them.
    private static let names: [String] = [
        "7", "007", "7.0", "1e3", "-0", "NaN", "null", "true", "0x10", "9007199254740992", "9007199254740993",
        "12345678901234567890123", "Caf\u{E9}", "Cafe\u{301}", "CAF\u{C9}", "\u{FB01}n", "fin", "\u{2126}", "\u{3A9}",
        "\u{1F3B5}", "x\u{2028}y", "a b", "a  b", "a:b", "a/b", "%61", String(repeating: "long-", count: 800)
    ]
    private static let ids =
        names.map { "sample:track:\($0)" } + ["42", "042", "9007199254740995", "4e2", "sample:track:", " "]

    private static func keepsIds(_ examination: Examination) throws(Failure) -> Finding {
        let sample = examination.samples[0]
        let records = ids.enumerated().map { renamed(sample, $1, $0 + 1, isChild: !examination.expands) }
        let exchange = try examination.exchange(records)
        let finding = exchange.completeness
        if exchange.isFlooding || exchange.answers.isEmpty && !finding.isFailure {
            return .skipped("its answers cannot be read: see valid-lines")
        }
        if let lost = exchange.unanswered.first {
            if let stranger = exchange.strangers.first {
                let found = short(stranger.id ?? "")
                return .fail("no answer under the id \(short(lost.id)), but one under \(found)", line: stranger.text)
            }
            return finding.isFailure
                ? finding : .fail("no answer under the id \(short(lost.id))", line: Array(lost.line))
        }
        if finding.isFailure { return finding }
        for (input, reply, answer) in exchange.answers where answer.parent.map(Key.init) != input.parent.map(Key.init) {
            return .fail("the parent is not \(short(input.parent ?? ""))", line: reply.text)
        }
        return .pass
    }

    /// The same record under another id, from a collection with an equally odd one.
    private static func renamed(_ sample: Record, _ id: String, _ seq: Int, isChild: Bool) -> Record {
        var record = Record(
            kind: sample.kind, id: id, parent: isChild ? "in:\(id)" : nil, seq: isChild ? seq : nil)
        for member in sample.memberNames where record[member] == nil && !["parent", "seq"].contains(member) {
            record[member] = sample[member]
        }
        return record
    }

    private static func short(_ id: String) -> String { id.utf8.count > 80 ? "\(id.prefix(40))…" : id }
}
