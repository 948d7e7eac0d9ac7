import Processes
import Wire

extension Rule {
    static let ends = [
        Rule(
            name: "ends-at-eof", summary: "When stdin ends, it answers what it holds and exits with 0.",
            check: endsAtEOF)
    ]

    static let answers = [
        Rule(
            name: "answers-everything",
            summary: "Each record has exactly one final line, and no other line is written.",
            check: answersEverything),
        Rule(
            name: "keeps-identity", summary: "A final line has the id, parent and seq of its record.",
            check: keepsIdentity),
        Rule(
            name: "flushes", summary: "An answer leaves at once, while stdin is still open.",
            needs: ["answers-everything", "keeps-identity"], check: flushes),
        Rule(
            name: "counts-children",
            summary: "Children have parent and seq, in order, and the done after them counts them.",
            needs: ["answers-everything"], check: countsChildren),
        Rule(
            name: "safe-to-repeat", summary: "The same record is answered again when it is given again.",
            needs: ["answers-everything", "keeps-identity", "flushes"], check: safeToRepeat)
    ]

    private static func endsAtEOF(_ examination: Examination) throws(Failure) -> Finding {
        let nothing = try examination.exchangeOfNothing()
        guard nothing.ending == .exited(0) else { return .fail("with no input at all \(fate(nothing, examination))") }
        let samples = try examination.exchangeOfSamples()
        if samples.ending == .exited(0) { return .pass }
        if samples.ending != nil, samples.completeness.isFailure {
            return .skipped("it ended early: see answers-everything")
        }
        return .fail("after its last record \(fate(samples, examination))")
    }

    private static func fate(_ exchange: Exchange, _ examination: Examination) -> String {
        exchange.fate ?? "it did not end within \(seconds(examination.timeout))"
    }

    private static func answersEverything(_ examination: Examination) throws(Failure) -> Finding {
        try examination.exchangeOfNothing().completeness.orElse { () throws(Failure) in
            try examination.exchangeOfSamples().completeness
        }
    }

    private static func flushes(_ examination: Examination) throws(Failure) -> Finding {
        guard examination.mode != .batch else { return .skipped("in mode batch answers may wait for the end") }
        return try examination.start(examination.stage) { trial throws(Failure) in
            let record = examination.samples[0]
            let finding = try examination.ask(record, trial)
            guard finding.isFailure else { return finding }
            trial.closeInput()
            try trial.wait(examination.timeout)
            let exchange = Exchange([record], trial, expands: examination.expands)
            guard let answer = exchange.finals[Key(record.id)]?.first else { return finding }
            let time = seconds(examination.timeout)
            return .fail("the answer came only when stdin was closed, and not within \(time)", line: answer.text)
        }
    }

    private static func keepsIdentity(_ examination: Examination) throws(Failure) -> Finding {
        let exchange = try examination.exchangeOfSamples()
        for (input, reply, answer) in exchange.answers {
            guard answer.parent.map(Key.init) == input.parent.map(Key.init) else {
                return .fail("not the parent of its record", line: reply.text)
            }
            guard answer.seq == input.seq else { return .fail("not the seq of its record", line: reply.text) }
        }
        let missing = exchange.unanswered
        if let stranger = exchange.strangers.first, missing.count == exchange.strangers.count {
            return .fail("the id \(stranger.id ?? ""), not \(missing[0].id)", line: stranger.text)
        }
        return exchange.answers.isEmpty ? .skipped("it answered nothing") : .pass
    }

    private static func countsChildren(_ examination: Examination) throws(Failure) -> Finding {
        guard examination.expands else { return .skipped("only in mode expand") }
        let exchange = try examination.exchangeOfSamples()
        var hasExpanded = false
        for (input, last, answer) in exchange.answers {
            let children = exchange.children[Key(input.id)] ?? []
            hasExpanded = hasExpanded || !children.isEmpty || answer.kind == "done"
            if let late = children.first(where: { $0.number > last.number }) {
                return .fail("a child after the final line of \(input.id)", line: late.text)
            }
            for (before, child) in zip([nil] + children, children) {
                let seq = child.record?.seq ?? 0
                guard seq > before?.record?.seq ?? 0 else {
                    return .fail("a seq out of order, or none", line: child.text)
                }
            }
            if answer.kind == "done", answer["n"]?.integer != children.count {
                return .fail("n is not \(children.count), the number of children", line: last.text)
            }
            if answer.kind != "done", answer.kind != "error", !children.isEmpty {
                return .fail("children, and then neither done nor error", line: last.text)
            }
        }
        return hasExpanded ? .pass : .skipped("it expanded nothing; use --sample to give it what it can expand")
    }

    private static func safeToRepeat(_ examination: Examination) throws(Failure) -> Finding {
        guard examination.mode != .batch else { return .skipped("in mode batch answers may wait for the end") }
        return try examination.start(examination.stage) { trial throws(Failure) in
            let record = examination.samples[0]
            return try examination.ask(record, trial).orElse { () throws(Failure) in
                guard case .fail(let message, let line) = try examination.ask(record, trial) else { return .pass }
                return .fail("the second time \(message)", line: line)
            }
        }
    }
}

/// A time in seconds, for people.
func seconds(_ count: Double) -> String { count == count.rounded() ? "\(Int(count)) s" : "\(count) s" }
