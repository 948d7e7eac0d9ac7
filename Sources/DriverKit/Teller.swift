import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

/// Brings notices to their recipients: a program of the contract is started for one notice at a time, and answers it.
///
/// A notice is closed before it is given away, and forgotten when it was answered: what a crash leaves is sent again, as it was.
final class Teller {
    private let recipients: [Pipeline.Recipient]
    private let engine: Engine
    private var states: [State]
    private var looking = Interval(seconds: 0.5)
    /// Answers that the ledger has not taken yet, each with the index of its recipient.
    private var answers: [(index: Int, answer: Answer)] = []
    private var lines: [String] = []
    /// Whether the driver ends: each recipient is tried once more at most.
    private var isClosing = false

    private struct State {
        var inHand: Notice? = nil
        /// Tries in a row that failed.
        var failures = 0
        /// When it is tried again, in monotonic nanoseconds.
        var retryAt: Int64 = 0
        /// Why it takes nothing, as it was said.
        var trouble: Failure.Code? = nil
        var hasFailedAtEnd = false
    }

    /// `onStart` is told of each process that is started; all of them are held to what they need if `isJailed`.
    ///
    /// - Throws: what ``FoundStage`` throws.
    init(
        _ recipients: [Pipeline.Recipient], environment: [String: String], isJailed: Bool,
        onStart: @escaping (pid_t) -> Void
    ) throws(Failure) {
        self.recipients = recipients
        // What is on its way is none of their business.
        let environment = environment.filter { !["SEGUE_SPOOL", "SEGUE_ARTWORK"].contains($0.key) }
        states = recipients.map { _ in State() }
        engine = Engine(
            try recipients.map { recipient throws(Failure) in
                let found = try FoundStage(recipient.stage, isJailed: isJailed)
                var plan = StagePlan(
                    name: recipient.stage.name, executable: found.executable, environment: environment)
                plan.jail = found.jail
                (plan.mode, plan.window, plan.timeout) = (.batch, 1, recipient.stage.timeout)
                return plan
            })
        engine.onStart = onStart
    }

    /// Whether programs have notices in hand.
    private var isBusy: Bool { engine.hasReplicas || states.contains { $0.inHand != nil } }

    /// Takes answers, and gives out what is due, `now` in monotonic nanoseconds; returns what there is to say.
    func turn(now: Int64, in ledger: Ledger) throws(Failure) -> [String] {
        guard !recipients.isEmpty else { return [] }
        if engine.hasReplicas { attend(until: now) }
        try book(in: ledger)
        if looking.isOver(now: now) { try give(now, ledger) }
        return drainLines()
    }

    /// At the end: sends what there is, each recipient until it fails, for some seconds; without `sendsAll` only what is in
    /// hand is waited for. Returns what there is to say.
    func close(in ledger: Ledger, sendsAll: Bool, isUrgent: () -> Bool) throws(Failure) -> [String] {
        guard !recipients.isEmpty else { return [] }
        isClosing = true
        let end = monotonicNanoseconds() + Self.patience
        while case let now = monotonicNanoseconds(), now < end, !isUrgent() {
            if sendsAll { try give(now, ledger) }
            guard isBusy else { break }
            attend(until: min(end, now + 50_000_000))
            try book(in: ledger)
        }
        drop()
        for (name, count) in try ledger.notices().sorted(by: { $0.key < $1.key }) {
            lines.append("\(count == 1 ? "1 notice waits" : "\(count) notices wait") for \(name) and the next run")
        }
        return drainLines()
    }

    /// Ends what is at work; what it did not answer for is sent again.
    func drop() { engine.signal(SIGKILL) }

    private func drainLines() -> [String] {
        defer { lines = [] }
        return lines
    }

    /// How long the end of a run may wait for recipients, in nanoseconds.
    private static let patience: Int64 = 10_000_000_000

    private func attend(until deadline: Int64) {
        _ = engine.turn(until: deadline, others: [])
        engine.check()
        for event in engine.drainEvents() {
            switch event {
            case .answered(let job, _, let answer, _): answers.append((job.stage, answer))
            case .trouble(let pool, let failure), .shortage(let pool, let failure):
                lines.append("\(pool.plan.name): \(failure.message)")
            case .note(let pool, _, let text): lines.append("\(pool.plan.name): \(text)")
            case .wentOn: break
            }
        }
    }

    /// What the ledger does not take now is booked later: until then nothing else is given to that recipient.
    private func book(in ledger: Ledger) throws(Failure) {
        while let (index, answer) = answers.first {
            if let notice = states[index].inHand { try settle(index, notice, answer, ledger) }
            states[index].inHand = nil
            answers.removeFirst()
            looking.end()
        }
    }

    private func give(_ now: Int64, _ ledger: Ledger) throws(Failure) {
        let time = millisecondsSince1970()
        let due = try ledger.recipientsDue(now: time, isAtEnd: isClosing)
        let asked = states.contains { $0.retryAt > now } ? try ledger.recipientsAsked() : []
        for (index, recipient) in recipients.enumerated() where due.contains(recipient.stage.name) {
            let (state, pool) = (states[index], engine.pools[index])
            let isTheTime = state.retryAt <= now || asked.contains(recipient.stage.name)
            let mayTry = isClosing ? !state.hasFailedAtEnd : isTheTime
            guard state.inHand == nil, mayTry, pool.capacity(now: now).records > 0 else { continue }
            let next = try ledger.change(now: time) { change in
                try change.nextNotice(for: recipient.stage.name, isAtEnd: isClosing)
            }
            guard let notice = next else { continue }
            states[index].inHand = notice
            let record = Record(notice)
            let job = Job(
                item: notice.number, claim: 0, id: record.id, stage: index, line: Array(record.line), record: record)
            engine.give([job], to: pool)
        }
    }

    private func settle(_ index: Int, _ notice: Notice, _ answer: Answer, _ ledger: Ledger) throws(Failure) {
        switch answer {
        case .final:
            try ledger.change(now: millisecondsSince1970()) { try $0.sent(notice) }
            if states[index].trouble != nil { lines.append("\(recipients[index].stage.name) takes notices again") }
            states[index] = State()
        case .failed(let failure), .held(let failure, _, _): try fail(index, notice, failure, ledger)
        case .lost(let how): try fail(index, notice, .transient("crash", how), ledger)
        case .member: try fail(index, notice, .transient("protocol", "it answered with something else"), ledger)
        case .returned: states[index].retryAt = monotonicNanoseconds() + 1_000_000_000
        }
    }

    /// A recipient did not take a notice: it is tried again after a pause, unless that is vain.
    private func fail(_ index: Int, _ notice: Notice, _ failure: Failure, _ ledger: Ledger) throws(Failure) {
        let (name, retry) = (recipients[index].stage.name, recipients[index].stage.retry)
        let isFault = ![.throttled, .config].contains(failure.class)
        let isLast = failure.class == .permanent || isFault && notice.failures + 1 >= retry.attempts
        let pause = max(retry.delay(failures: states[index].failures + 1), Double(failure.retryAfter ?? 0))
        let time = millisecondsSince1970()
        try ledger.change(now: time) { change in
            if isLast { return try change.forget(notice) }
            try change.failed(notice, failure.message, counts: isFault, again: time + Int64(pause * 1000))
        }
        states[index].hasFailedAtEnd = true
        if isLast { lines.append("\(name) did not take a notice, which is given up: \(failure.message)") }
        if failure.class == .permanent { return }
        states[index].failures += 1
        states[index].retryAt = monotonicNanoseconds() + Int64(pause * 1e9)
        if states[index].trouble != failure.code, !isLast {
            lines.append("\(name) does not take notices now, and is asked again: \(failure.message)")
        }
        states[index].trouble = failure.code
    }
}
