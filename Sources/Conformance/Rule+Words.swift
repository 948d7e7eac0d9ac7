import Wire

extension Rule {
    static let words = [
        Rule(
            name: "says-why",
            summary: "An error has a stage, one of the contract's classes, a code and a message; a skip says why.",
            check: saysWhy),
        Rule(
            name: "carries-the-record",
            summary: "An error or a skip carries its record, so that it can be given again.",
            check: carriesTheRecord)
    ]

    private static let none = "it answered no record with an error or a skip"

    /// Only drivers write `cancelled` and `crash`.
    private static let classes = ["transient", "throttled", "stale", "permanent", "config"]

    private static func saysWhy(_ examination: Examination) throws(Failure) -> Finding {
        let refusals = try examination.refusals()
        for (_, reply, answer) in refusals {
            let texts = answer.kind == "skip" ? ["why"] : ["stage", "class", "code", "message"]
            if let missing = texts.first(where: { answer[$0]?.string?.isEmpty ?? true }) {
                return .fail("\(answer.kind) without \(missing)", line: reply.text)
            }
            guard answer.kind == "error" else { continue }
            if let name = answer["class"]?.string, !classes.contains(name) {
                return .fail("unknown class \(name); there are \(classes.joined(separator: ", "))", line: reply.text)
            }
            if let wait = answer["retry_after_s"], wait.integer.map({ $0 < 0 }) ?? true {
                return .fail("retry_after_s is not a whole number of seconds", line: reply.text)
            }
        }
        return refusals.isEmpty ? .skipped(none) : .pass
    }

    private static func carriesTheRecord(_ examination: Examination) throws(Failure) -> Finding {
        let refusals = try examination.refusals()
        for (input, reply, answer) in refusals {
            guard let carried = answer.carried, let theirs = JSONObject(carried.value),
                let mine = JSONObject(input.value)
            else { return .fail("\(answer.kind) without a record in it", line: reply.text) }
            if let lost = mine.firstLoss(in: theirs) {
                return .fail(
                    "\(lost) of the record in it is \(theirs[lost] == nil ? "gone" : "changed")", line: reply.text)
            }
        }
        return refusals.isEmpty ? .skipped(none) : .pass
    }
}

extension Examination {
    /// The samples that were answered with an error or a skip, and were not one themselves.
    fileprivate func refusals() throws(Failure) -> [(input: Record, reply: Reply, answer: Record)] {
        try exchangeOfSamples().answers.filter {
            ["error", "skip"].contains($0.answer.kind) && $0.input.kind != $0.answer.kind
        }
    }
}
