import Conformance
import Glibc
import Processes
import Wire

/// Writes the verdicts on the rules.
struct Report {
    let output: OutputOption
    private var counts: [String: Int] = [:]

    private static let longestLine = 240
    private static let longestMember = 16_384

    init(_ output: OutputOption) { self.output = output }

    /// Writes the verdicts that the body adds, and returns the exit status: 1 where a rule is broken, 75 where it was told to
    /// stop.
    static func status(
        _ output: OutputOption, _ body: (inout Report) throws(Failure) -> Void
    ) -> Int32 {
        leaving { () throws(Failure) in
            do throws(Failure) {
                var report = Report(output)
                try body(&report)
                report.close()
                return report.counts["fail", default: 0] > 0 ? ExitStatus.failed.rawValue : 0
            } catch let error where error == .stopped {
                return ExitStatus.later.rawValue
            }
        }
    }

    mutating func add(_ finding: Finding, to rule: String) {
        counts[finding.word, default: 0] += 1
        if output.json { output.put(json(finding, rule)) } else { for line in text(finding, rule) { output.put(line) } }
    }

    private func close() {
        guard !output.json else { return }
        let sums = ["pass", "fail", "skipped"].map { "\(counts[$0, default: 0]) \($0)" }
        output.put(sums.joined(separator: ", "))
    }

    /// Writes what a rule asks for.
    static func put(_ rule: String, _ summary: String, isStrict: Bool, _ output: OutputOption) {
        guard output.json else {
            return output.put(rule.padded(to: 26) + summary + (isStrict ? " (--strict)" : ""))
        }
        var object = JSONObject()
        object["rule"] = .string(rule)
        object["summary"] = .string(summary)
        object["strict"] = .boolean(isStrict)
        output.put(object.value)
    }

    private func text(_ finding: Finding, _ rule: String) -> [String] {
        let verdict = finding.isFailure ? "FAIL" : finding.word
        let head = "\(verdict.padded(to: 8)) \(rule.padded(to: 24)) \(finding.message ?? "")"
        let words = String(head.reversed().drop { $0 == " " }.reversed())
        return [words] + (finding.line.map { ["         " + shown($0)] } ?? [])
    }

    private func json(_ finding: Finding, _ rule: String) -> JSON {
        var object = JSONObject()
        object["rule"] = .string(rule)
        object["verdict"] = .string(finding.word)
        object["message"] = finding.message.map(JSON.string)
        object["line"] = finding.line.map { .string(String(decoding: $0.prefix(Self.longestMember), as: UTF8.self)) }
        return object.value
    }

    private func shown(_ line: [UInt8]) -> String {
        guard line.count > Self.longestLine else { return String(decoding: line, as: UTF8.self) }
        return String(decoding: line.prefix(Self.longestLine), as: UTF8.self) + "... (\(line.count) bytes)"
    }
}
