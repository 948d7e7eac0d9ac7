import Wire

extension Rule {
    static let keeping = [
        Rule(
            name: "keeps-unknown", summary: "Members that it does not know come back with the same value.",
            check: keepsUnknown),
        Rule(
            name: "keeps-sections", summary: "No section that a record came with is lost.", check: keepsSections),
        Rule(
            name: "passes-foreign-kinds",
            summary: "skip, done, error and unknown kinds pass through, each once, with every member unchanged.",
            needs: ["answers-everything", "keeps-identity", "keeps-unknown"], check: passesForeignKinds),
        Rule(
            name: "keeps-bytes", summary: "What it does not know comes back byte for byte.", isStrict: true,
            needs: ["keeps-unknown", "passes-foreign-kinds"], check: keepsBytes)
    ]

    private static let sections = ["ref", "track", "media", "file", "placed", "recorded"]

    private static func keepsUnknown(_ examination: Examination) throws(Failure) -> Finding {
        let changed = try examination.changedRecords()
        for (input, reply, answer) in changed {
            for name in Probe.names {
                guard let mine = input[name] else { continue }
                guard let theirs = answer[name] else { return .fail("\(name) is gone", line: reply.text) }
                guard mine.means(theirs) else {
                    return .fail("\(difference(mine, theirs, name)) has another value", line: reply.text)
                }
            }
        }
        return changed.isEmpty ? .skipped("no record came through; use --sample to give it some that do") : .pass
    }

    /// The path of the first member that differs, as deep as it can be named by object members alone.
    private static func difference(_ mine: JSON, _ theirs: JSON, _ path: String) -> String {
        guard let object = mine.object, let others = theirs.object, let name = object.firstLoss(in: others),
            let value = object[name], let other = others[name]
        else { return path }
        return difference(value, other, "\(path).\(name)")
    }

    private static func keepsSections(_ examination: Examination) throws(Failure) -> Finding {
        let changed = try examination.changedRecords()
        for (input, reply, answer) in changed {
            if let lost = sections.first(where: { input[$0] != nil && answer[$0] == nil }) {
                return .fail("\(lost) is gone", line: reply.text)
            }
        }
        return changed.isEmpty ? .skipped("no record came through; use --sample to give it some that do") : .pass
    }

    private static func passesForeignKinds(_ examination: Examination) throws(Failure) -> Finding {
        let exchange = try examination.exchange(try foreign(examination.samples[0]))
        return try exchange.completeness.orElse { () throws(Failure) in
            for (input, reply, answer) in exchange.answers {
                let (mine, theirs) = (JSONObject(input.value), JSONObject(answer.value))
                if let mine, let theirs, let lost = mine.firstLoss(in: theirs) {
                    return .fail(
                        "\(lost) of a \(input.kind) is \(theirs[lost] == nil ? "gone" : "changed")", line: reply.text)
                }
            }
            return .pass
        }
    }

    /// Lines of other kinds that a stage finds between its records.
    private static func foreign(_ sample: Record) throws(Failure) -> [Record] {
        func named(_ name: String, kind: String) -> Record {
            var record = Record(kind: kind, id: "foreign:track:\(name)", parent: "foreign:playlist:1", seq: 7)
            Probe.put(into: &record)
            return record
        }
        let inner = named("inner", kind: "track")
        var skip = Record.skip(named("skip", kind: "track"), why: "in the library")
        var error = Record.error(
            .transient("http_503", "the server is busy", host: "host.example"), stage: "earlier",
            record: named("error", kind: "track"))
        var done = Record(kind: "done", id: "foreign:playlist:1")
        done["n"] = .integer(2)
        done["total"] = .integer(3)
        var poem = named("poem", kind: "poem")
        poem["record"] = inner.value
        Probe.put(into: &skip)
        Probe.put(into: &error)
        return [skip, error, poem, done]
    }

    private static func keepsBytes(_ examination: Examination) throws(Failure) -> Finding {
        for (input, reply, answer) in try examination.changedRecords() {
            for name in Probe.names where input[name].map({ !$0.text.elementsEqual(answer[name]?.text ?? []) }) ?? false
            {
                return .fail("\(name) came back with other bytes", line: reply.text)
            }
        }
        let text = #"{"id":"odd", "x" : 1.0,"v":1,"kind":"poem","e":1E2,"s":"\u0000\/\u2028\#u{2028}","x":2}"#
        let (line, exchange) = try examination.exchange(line: text)
        guard let reply = exchange.replies.first, exchange.replies.count == 1 else {
            return .fail("no answer, or more than one", line: line)
        }
        return reply.text == line
            ? .pass : .fail("a record of an unknown kind came back with other bytes", line: reply.text)
    }
}

extension Examination {
    /// The samples that came back under their own kind, changed or not.
    func changedRecords() throws(Failure) -> [(input: Record, reply: Reply, answer: Record)] {
        try exchangeOfSamples().answers.filter { $0.input.kind == $0.answer.kind }
    }

    fileprivate func exchange(line: String) throws(Failure) -> ([UInt8], Exchange) {
        let text = Array(line.utf8)
        guard let record = try? Record(line: text) else { throw .permanent("bad_sample", "not a record: \(line)") }
        return (text, try exchange([record], text: text + [10]))
    }
}
