import Processes
import Wire

extension Rule {
    static let native = [
        Rule(
            name: "survives-bad-input",
            summary:
                "Lines that are not records are answered with the contract's errors, and the next line is still handled.",
            isStrict: true, needs: ["ends-at-eof"], check: survivesBadInput),
        Rule(
            name: "describes-itself", summary: "--describe prints one JSON object that says what the stage is.",
            isStrict: true, check: describesItself),
        Rule(
            name: "writes-what-it-says", summary: "It changes only the sections that --describe says it writes.",
            isStrict: true, needs: ["describes-itself"], check: writesWhatItSays)
    ]

    private static func survivesBadInput(_ examination: Examination) throws(Failure) -> Finding {
        let lines = BadLine.all
        var text: [UInt8] = []
        for (index, line) in lines.enumerated() { text += line.text + (index == 0 ? [10, 10] : [10]) }
        let exchange = try examination.exchange([], text: text)
        for line in lines {
            let replies = exchange.replies.filter { $0.id.map(Key.init) == Key(line.id) }
            guard let reply = replies.first, let answer = reply.record, replies.count == 1 else {
                let what = line.code.map { "an error \($0)" } ?? "the record after them"
                return .fail(
                    "\(replies.isEmpty ? "no" : "a second") answer under \(line.id), for \(what)",
                    line: Array(line.text.prefix(200)))
            }
            guard let code = line.code else { continue }
            guard answer.kind == "error", answer["code"]?.string == code, answer["class"]?.string == "permanent" else {
                return .fail("this is not a permanent error \(code)", line: reply.text)
            }
        }
        guard exchange.replies.count == lines.count else {
            return .fail("more answers than lines", line: exchange.replies.last?.text)
        }
        return exchange.ending == .exited(0)
            ? .pass : .fail("everything was answered, but then \(exchange.fate ?? "it did not end")")
    }

    private static func describesItself(_ examination: Examination) throws(Failure) -> Finding {
        let exchange = try examination.describe()
        guard exchange.ending == .exited(0) else {
            return .fail("with --describe \(exchange.fate ?? "it did not end")")
        }
        guard let line = exchange.replies.first?.text, exchange.replies.count == 1 else {
            return .fail("\(exchange.replies.count) lines, not one", line: exchange.replies.last?.text)
        }
        do throws(Failure) {
            let description = try Description(answer: line, of: "it")
            return description.mode == examination.mode
                ? .pass : .fail("its mode is not \(examination.mode.rawValue)", line: line)
        } catch {
            return .fail(error.message, line: line)
        }
    }

    private static func writesWhatItSays(_ examination: Examination) throws(Failure) -> Finding {
        guard let line = try examination.describe().replies.first?.text,
            let mine = (try? Description(answer: line, of: "it"))?.writes
        else { return .fail("it does not describe itself") }
        let changed = try examination.changedRecords()
        for (input, reply, answer) in changed {
            for name in input.memberNames + answer.memberNames where !mine.contains(name) && !name.hasPrefix("x_") {
                guard let before = input[name], let after = answer[name], before.means(after) else {
                    return .fail("it changed \(name), which it does not say it writes", line: reply.text)
                }
            }
        }
        return changed.isEmpty ? .skipped("no record came through; use --sample to give it some that do") : .pass
    }
}

extension Examination {
    /// What it prints for `--describe`, which is not a record and not judged as one.
    fileprivate func describe() throws(Failure) -> Exchange {
        let question = try Executable([stage.path] + stage.arguments.dropFirst() + ["--describe"])
        return try start(question, judged: false) { trial throws(Failure) in
            trial.closeInput()
            try trial.wait(timeout)
            return Exchange([], trial, expands: false)
        }
    }
}
