import Files
import Glibc
import Processes
import Wire

/// One stage under test: how it is started, what it wrote, and the findings so far.
package final class Examination {
    let stage: Executable
    let mode: Description.Mode
    let isStrict: Bool
    /// Seconds that an answer, or the end of the process, may take.
    let timeout: Double
    let samples: [Record]
    private let files: SampleFiles
    private let environment: [String: String]
    private let signals: Signals
    private(set) var findings: [String: Finding] = [:]
    /// The first line that does not even look like a record.
    private(set) var noise: Reply?
    private(set) var linesSeen = 0
    /// The first line that is a broken record, and why.
    private(set) var broken: (reply: Reply, why: String)?
    private var known: [Shared: Exchange] = [:]
    /// What happened to a sample file while the stage worked on it; nil if all are intact.
    private(set) var damage: String?

    private enum Shared { case nothing, samples }

    /// A stage to check against the rules, with sample records.
    ///
    /// - Throws: `no_signals` (`config`).
    package init(
        _ stage: Executable, mode: Description.Mode, isStrict: Bool, timeout: Double, samples: Samples, folder: String
    ) throws(Failure) {
        (self.stage, self.mode, self.isStrict, self.timeout) = (stage, mode, isStrict, timeout)
        (self.samples, files) = (samples.records, samples.files)
        var environment = Environment.forStages(
            hosts: Environment["SEGUE_HOSTS"] ?? "\(folder)/hosts", spool: "\(folder)/spool",
            isDriver: false)
        // A stage must flush by itself: in a plain pipe nobody sets this for it.
        environment["PYTHONUNBUFFERED"] = Environment["PYTHONUNBUFFERED"]
        self.environment = environment
        signals = try Signals()
    }

    var expands: Bool { mode == .expand }
    var hasFiles: Bool { !files.isEmpty }

    /// Checks a rule. If it fails, and so did a rule that it builds on, it is skipped: only the cause is reported.
    ///
    /// - Throws: `stopped` if a signal asks to stop, and what ``Child`` throws.
    package func apply(_ rule: Rule) throws(Failure) -> Finding {
        var finding = try rule.isStrict && !isStrict ? .skipped("only with --strict") : rule.check(self)
        let cause = rule.needs.first { findings[$0]?.isFailure ?? false }
        if finding.isFailure, let cause { finding = .skipped("cannot be judged while \(cause) is broken") }
        findings[rule.name] = finding
        return finding
    }

    /// The exchange with no input at all.
    func exchangeOfNothing() throws(Failure) -> Exchange {
        if let exchange = known[.nothing] { return exchange }
        let exchange = try exchange([])
        known[.nothing] = exchange
        return exchange
    }

    /// The exchange with all samples given at once, followed by the end of stdin.
    func exchangeOfSamples() throws(Failure) -> Exchange {
        if let exchange = known[.samples] { return exchange }
        let exchange = try exchange(samples, looksBehind: true)
        known[.samples] = exchange
        damage = files.damage
        return exchange
    }

    /// Gives it these records, or `text` as it is, then the end of stdin; with `looksBehind`, finds leftover processes.
    func exchange(
        _ records: [Record], text: [UInt8]? = nil, looksBehind: Bool = false
    ) throws(Failure) -> Exchange {
        try start(stage) { trial throws(Failure) in
            trial.give(text ?? lines(records))
            trial.closeInput()
            try trial.wait(timeout, most: timeout * Double(min(records.count, Samples.most) + 2))
            let leftovers = looksBehind ? leftovers(of: trial) : []
            return Exchange(records, trial, leftovers: leftovers, expands: expands)
        }
    }

    /// Checks that the command works at all.
    ///
    /// - Throws: `no_start` (`config`) if it does not, and what ``Child`` throws.
    package func seeThatItStarts() throws(Failure) {
        let nothing = try exchangeOfNothing()
        // Usage, configuration, and the statuses of shells for a program that cannot be run or found.
        guard case .exited(let status) = nothing.ending, [64, 78, 126, 127].contains(status) else { return }
        throw .config("no_start", "\(stage.arguments[0]) does not run: \(nothing.fate ?? "")")
    }

    /// Starts a program, and kills its group when `body` returns; with `judged`, its lines count as a stage's stdout.
    func start<Result>(
        _ executable: Executable, judged: Bool = true, _ body: (Trial) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        files.restore()
        let trial = try Trial(executable, environment: environment, signals: signals)
        defer {
            trial.end()
            for reply in trial.replies where judged { note(reply) }
        }
        return try body(trial)
    }

    /// Gives it one record and waits for the answer, with stdin left open.
    func ask(_ record: Record, _ trial: Trial) throws(Failure) -> Finding {
        func answers(_ trial: Trial) -> Int {
            Exchange([record], trial, expands: expands).finals[Key(record.id)]?.count ?? 0
        }
        let before = answers(trial)
        trial.give(lines([record]))
        if try trial.wait(timeout, most: timeout * 10, until: { answers($0) > before }) { return .pass }
        if Exchange([record], trial, expands: expands).isUnreadable { return .skipped(Exchange.cannotBeRead) }
        return .fail("no answer within \(seconds(timeout))", line: Array(record.line))
    }

    func lines(_ records: [Record]) -> [UInt8] { records.flatMap { Array($0.line) + [10] } }

    private func note(_ reply: Reply) {
        linesSeen += 1
        if case .noise = reply.content, noise == nil { noise = reply }
        if case .broken(let why, _) = reply.content, broken == nil { broken = (reply, why) }
    }

    /// The names of processes in its group that still run a while after it ended.
    private func leftovers(of trial: Trial) -> [String] {
        guard trial.child.ending != nil else { return [] }
        let end = monotonicNanoseconds() + 2_000_000_000
        while case let names = ProcessGroup.names(trial.child.processID), !names.isEmpty {
            if monotonicNanoseconds() > end { return names }
            usleep(20_000)
        }
        return []
    }
}
