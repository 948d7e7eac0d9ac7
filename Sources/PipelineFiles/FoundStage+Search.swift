import Processes
import Wire

extension FoundStage {
    /// What a stage with the role search finds in its catalogs and sources, `limit` results from each; nil if the answer
    /// was no longer wanted before it was complete, and then its program is ended.
    ///
    /// `environment` has the program's variables by name.
    ///
    /// - Throws: `stage_ended` if the program fails, as when no catalog answers, and what ``Executable`` and ``Child`` throw.
    package func search(
        _ text: String, _ kind: Reference.Kind, limit: Int, environment: [String: String], while isWanted: () -> Bool
    ) throws(Failure) -> [Record]? {
        let program = (try Executable(searching(text, kind, limit: limit)), jail(asking: []))
        let pipe = try PlainPipe([program], environment: environment)
        var found: [Record] = []
        let isWhole = try pipe.run([], while: isWanted) { line in
            if case .text(let text) = line, let record = try? Record(line: text) { found.append(record) }
        }
        return isWhole ? found : nil
    }

    /// Its command for a search.
    package func searching(_ text: String, _ kind: Reference.Kind, limit: Int) -> [String] {
        command(with: ["--search", text, "--type", kind.rawValue, "--limit", "\(limit)"])
    }
}
