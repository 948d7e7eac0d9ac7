import Ledger
import Wire
import Yams

extension Pipeline {
    enum RecipientKey: String, CaseIterable { case name, run, when, gather, retry, timeout, needs }

    /// Who is told of what happens: a program that is started for each notice.
    package struct Recipient: Equatable {
        /// Its name, its program, and how often and how long that tries.
        package var stage: Stage
        /// What it is told of.
        package var occasions = Set(Occasion.allCases)
        /// For how many seconds what happens joins one notice.
        package var gather = 60.0

        /// The same as the ledger knows it.
        package var told: NoticeRecipient {
            NoticeRecipient(name: stage.name, occasions: occasions, gather: Int64(gather * 1000))
        }
    }

    private static let maximumRecipients = 20
    /// About five days.
    private static let patience = Backoff(attempts: 60, base: 5, cap: 14_400)

    static func recipients(_ node: Node, _ mistakes: Mistakes) -> [Recipient] {
        guard let nodes = node.sequence, 1...maximumRecipients ~= nodes.count else {
            mistakes.add(
                "tell must be a list of 1 to \(maximumRecipients); try: tell: [{name: phone, run: [PROGRAM, ARGUMENT]}]",
                at: node)
            return []
        }
        var names: Set<String> = []
        return nodes.enumerated().compactMap { index, node in
            guard let recipient = Recipient(node, number: index + 1, mistakes) else { return nil }
            if !names.insert(recipient.stage.name).inserted {
                mistakes.add("tell \(recipient.stage.name): another one has the same name", at: node)
            }
            return recipient
        }
    }
}

extension Pipeline.Recipient {
    /// Reads the entry in a mapping, leaving out what is wrong; nil for what is not a mapping.
    init?(_ node: Node, number: Int, _ mistakes: Mistakes) {
        let fields = Fields<Pipeline.RecipientKey>(node, "tell \(number)", mistakes)
        guard node.mapping != nil else { return nil }
        let (name, run) = (Pipeline.Stage.name(fields, .name), Pipeline.Stage.run(fields, .run))
        stage = Pipeline.Stage(name: name ?? "\(number)", run: run ?? [], line: node.mark?.line ?? 1)
        let standard = Pipeline.patience
        stage.retry = fields.fields(.retry, Pipeline.RetryKey.self).map { Backoff($0, standard: standard) } ?? standard
        stage.timeout = fields.positive(.timeout) ?? 60
        // Whom it tells is seldom on this machine.
        stage.needs =
            fields.fields(.needs, Pipeline.Stage.NeedsKey.self).map { Pipeline.Stage.needs($0, hasNetwork: true) }
            ?? Needs(hasNetwork: true)
        gather = fields.quantity(.gather, as: TimeSpan.self)?.seconds ?? gather
        occasions = fields.words(.when, example: "[failed]").map { Self.occasions($0, fields) } ?? occasions
    }

    private static func occasions(_ words: [String], _ fields: Fields<Pipeline.RecipientKey>) -> Set<Occasion> {
        let names = Occasion.allCases.map(\.rawValue)
        if words.isEmpty { fields.note("when names no event; the events are \(names.joined(separator: ", "))") }
        return Set(
            words.compactMap { word in
                if let occasion = Occasion(rawValue: word) { return occasion }
                let hint = nearest(to: word, of: names).map { "did you mean \($0)?" }
                fields.note(
                    "when has \(word); \(hint ?? "the events are \(names.joined(separator: ", "))")", at: fields[.when])
                return nil
            })
    }
}
