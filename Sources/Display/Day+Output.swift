import Ledger
import Wire

extension Day {
    /// One line for people; nil for a day on which nothing ended.
    package var line: String? {
        guard done + skipped + failed > 0 else { return nil }
        return "\(date)  \(Self.text(done, skipped, failures, bytes))"
    }

    /// The sum of several days, for people.
    package static func sum(of days: [Day]) -> String {
        let failures = days.reduce(into: [:]) { sum, day in sum.merge(day.failures, uniquingKeysWith: +) }
        func sum(_ part: KeyPath<Day, Int>) -> Int { days.reduce(0) { $0 + $1[keyPath: part] } }
        return "\(days.count) days: \(text(sum(\.done), sum(\.skipped), failures, sum(\.bytes)))"
    }

    private static func text(_ done: Int, _ skipped: Int, _ failures: [String: Int], _ bytes: Int) -> String {
        let failed = failures.values.reduce(0, +)
        let classes = failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let parts = [
            "\(done) done, \(sizeText(bytes))", skipped > 0 ? "\(skipped) skipped" : nil,
            failed > 0 ? "\(failed) failed (\(classes))" : nil
        ]
        return parts.compactMap(\.self).joined(separator: "; ")
    }

    package var json: JSON {
        var (object, classes) = (JSONObject(), JSONObject())
        for (name, count) in failures.sorted(by: { $0.key < $1.key }) { classes[name] = .integer(count) }
        object["date"] = .string(date)
        object["done"] = .integer(done)
        object["bytes"] = .integer(bytes)
        object["skipped"] = .integer(skipped)
        object["failed"] = .integer(failed)
        object["failures"] = classes.value
        return object.value
    }
}

extension FailureGroup {
    package var json: JSON {
        var object = JSONObject()
        object["stage"] = .string(stage)
        object["class"] = .string(failureClass)
        object["code"] = .string(code)
        object["host"] = host.map(JSON.string)
        object["message"] = .string(message)
        object["items"] = .integer(items)
        return object.value
    }
}
