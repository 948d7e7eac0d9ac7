import Wire

extension Rule {
    static let limits = [
        Rule(
            name: "takes-last-line", summary: "A last line without its LF is a record too.",
            needs: ["answers-everything", "keeps-identity"], check: takesLastLine),
        Rule(
            name: "takes-long-lines", summary: "A record of 900,000 bytes is answered like any other.",
            needs: ["answers-everything", "keeps-identity"], check: takesLongLines),
        Rule(
            name: "takes-many", summary: "2,000 records in one go are all answered.",
            needs: ["answers-everything", "keeps-identity", "passes-foreign-kinds"], check: takesMany),
        Rule(
            name: "input-file-untouched",
            summary: "The files that a record names still exist afterwards, with the same bytes.",
            check: inputFileUntouched)
    ]

    private static let longLine = 900_000
    private static let many = 2_000

    private static func takesLastLine(_ examination: Examination) throws(Failure) -> Finding {
        let record = examination.samples[0]
        return try examination.exchange([record], text: Array(record.line)).completeness
    }

    private static func takesLongLines(_ examination: Examination) throws(Failure) -> Finding {
        var record = examination.samples[0]
        let room = longLine - record.line.count - 16
        guard room > 0 else { return .skipped("the first sample is already that long") }
        record["x_long"] = .string(String(repeating: "x", count: room))
        let others = examination.samples.dropFirst().prefix(1)
        let exchange = try examination.exchange([record] + others)
        return try exchange.completeness.orElse { () throws(Failure) in
            guard let (input, _, answer) = exchange.answers.first, input.kind == answer.kind,
                let long = input["x_long"],
                let back = answer["x_long"], !long.means(back)
            else { return .pass }
            return .fail("x_long had \(long.text.count) bytes and came back with \(back.text.count)")
        }.shortened
    }

    private static func takesMany(_ examination: Examination) throws(Failure) -> Finding {
        let records = (1...many).map { number in
            var record = Record(kind: "poem", id: "many:track:\(number)", parent: "many:playlist:1", seq: number)
            record["x_text"] = .string(String(repeating: "verse \(number) ", count: 40))
            return record
        }
        return try examination.exchange(records).completeness
    }

    private static func inputFileUntouched(_ examination: Examination) throws(Failure) -> Finding {
        guard examination.hasFiles else { return .skipped("no sample names a file that exists") }
        guard try !examination.exchangeOfSamples().answers.isEmpty else { return .skipped("it answered nothing") }
        return examination.damage.map { .fail($0) } ?? .pass
    }
}

extension Finding {
    /// The same finding, with a very long line cut short.
    fileprivate var shortened: Finding {
        guard case .fail(let message, let line?) = self, line.count > 4096 else { return self }
        return .fail(message, line: Array(line.prefix(200)))
    }
}
