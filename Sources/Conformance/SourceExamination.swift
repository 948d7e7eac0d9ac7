import Files
import Processes
import Wire

/// A source under test: `resolve` asks it, and what was said is judged.
package final class SourceExamination {
    private(set) var talk = SourceTalk()
    let references: [Reference]
    private let arguments: [String]
    private let search: String?
    private let environment: [String: String]
    private let folder: String
    private let timeout: Double
    private let signals: Signals

    /// An id that no source has.
    static let unknown = "segue-test-source-no-such-thing"
    private static let name = "test"
    /// How many rows of each list are asked for by themselves.
    private static let mostRows = 2
    /// Seconds that one run may go without a line, besides the source's own; and all in all.
    private static let (patience, longest) = (120.0, 1800.0)

    /// A source to ask for what its author says exists; it may go `timeout` seconds without an answer.
    ///
    /// - Throws: `no_program` (`config`), `no_signals` (`config`), and `bad_ref` (`permanent`) for what is no reference.
    package init(
        _ command: [String], references: [String], search: String?, credentials: String?, ca: String?, timeout: Double,
        folder: String
    ) throws(Failure) {
        _ = try Executable(command)
        (self.search, self.folder, self.timeout) = (search, folder, timeout)
        self.references = try references.map { text throws(Failure) in
            guard let reference = Reference(text) ?? Reference("\(Self.name):\(text)") else {
                throw .permanent("bad_ref", "\(text) is no reference such as album:2 or track:7")
            }
            return Reference(catalog: Self.name, kind: reference.kind, id: reference.id)
        }
        let line = command.map(Self.quoted).joined(separator: " ")
        arguments =
            ["--source", "\(Self.name)=\(line)", "--patience", "\(timeout)"]
            + (credentials.map { ["--credentials", $0] } ?? []) + (ca.map { ["--ca", $0] } ?? [])
        environment = Environment.forStages(
            hosts: Environment["SEGUE_HOSTS"] ?? "\(folder)/hosts", spool: folder, isDriver: false)
        signals = try Signals()
    }

    /// Asks the source: for lists twice, for some of their tracks twice, for what does not exist, and for a text.
    ///
    /// - Throws: `no_start` (`config`) if `resolve` cannot be run with it, `stopped` if a signal asks to stop, and what
    ///   ``Child`` throws.
    package func ask() throws(Failure) {
        let lists = references.filter { $0.kind != .track }.map(\.text)
        if !lists.isEmpty { try run(["--rows"] + lists.flatMap { [$0, $0] }) }
        var tracks = references.filter { $0.kind == .track }.map(\.id)
        for turn in talk.turns where turn.question["expand"] != nil {
            tracks += turn.rows.prefix(Self.mostRows).compactMap { $0.line["id"]?.string }.filter {
                !tracks.contains($0)
            }
        }
        let asked = tracks.flatMap { ["\(Self.name):track:\($0)", "\(Self.name):track:\($0)"] }
        try run(asked + ["\(Self.name):track:\(Self.unknown)", "\(Self.name):album:\(Self.unknown)"])
        let titles = talk.turns.lazy.flatMap(\.lines).compactMap { $0.line["track"]?.object?["title"]?.string }
        if let text = search ?? titles.first { try run(["--search", text, "--limit", "5"]) }
    }

    /// Judges a rule by what was said.
    package func apply(_ rule: SourceRule) -> Finding {
        if let fault = talk.faults.first(where: { $0.rule == rule.name }) { return .fail(fault.what, line: fault.line) }
        let isJudged = talk.turns.contains(where: \.isAnswered) || rule.name == SourceRule.hello && talk.hasHello
        if let cause = talk.faults.first, !isJudged {
            return .skipped("cannot be judged while \(cause.rule) is broken")
        }
        return rule.check(self)
    }

    private func run(_ references: [String]) throws(Failure) {
        let transcript = "\(folder)/transcript-\(talk.turns.count)"
        let resolve = try Executable(["resolve"] + arguments + ["--transcript", transcript] + references)
        let trial = try Trial(resolve, environment: environment, signals: signals)
        defer { trial.end() }
        trial.closeInput()
        try trial.wait(timeout + Self.patience, most: Self.longest)
        talk.read(transcript)
        // Once it was asked, it is judged by its answers.
        guard talk.turns.isEmpty, trial.child.ending != .exited(0) else { return }
        throw .config("no_start", trial.errors.reason(trial.child.ending) ?? "resolve does not run with it")
    }

    /// A word as a shell takes it.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                    || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || "/._-:,+@".utf8.contains(byte)
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
