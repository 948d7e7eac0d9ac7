import CPosix
import Glibc
import Ledger
import Processes
import Wire

/// One running process of a stage, and what it has in hand.
final class Replica {
    let number: Int
    let child: Child
    private let jail: Jail?
    private(set) var inFlight: [Key: InFlight] = [:]
    var lines = LineReader()
    var events = LineReader()
    var errors = ErrorText()
    var echo = Echo()
    /// When it last answered, or was started.
    var answeredAt: Int64
    /// Whether it ever answered.
    var hasAnswered = false
    /// It is given no more records.
    var isRetiring = false
    /// It is reserved for one suspect record.
    var isExclusive: Bool { inFlight.values.contains { $0.job.alone } }
    /// Records that it works on at once.
    var workers = 1
    /// Records that wait for one of several workers, in the order in which they were given.
    private var waiting: [Key] = []
    /// Tries that a record has at its stage, if it is told how many are left.
    var tries: Int?
    /// How often files had been named when it was started: it may read these.
    var named = 0
    /// Why it was killed.
    var sentence: Sentence?
    /// Whether the bytes after the last LF of its stdout count as a line.
    var takesLast = false
    var hasAnswersToRead = true
    /// When its stdout was found closed.
    var closedAt: Int64?
    var hasErrorsToRead = true
    var hasEventsToRead = true

    private var outbox = Outbox()
    private var closesInput = false

    /// Why a replica is killed, and what becomes of the records that it has in hand.
    enum Sentence {
        /// None of its records is to blame.
        case stopped
        /// One record took too long, or was withdrawn; the others are not to blame.
        case one(Key, Failure?)
        /// It broke the contract, with any of its records.
        case broke(Failure)
    }

    init(number: Int, child: Child, jail: Jail? = nil, now: Int64) {
        (self.number, self.child, self.jail, answeredAt) = (number, child, jail, now)
    }

    /// What it said last, with the jail named if that may be why; nil if it said nothing.
    var lastWords: String? {
        errors.reason(child.ending).map { words in jail?.explained(words) ?? words }
    }

    /// Why it ended, as far as can be told: what it said last, and what it may lack.
    var reason: String? {
        let hint = child.ending.flatMap { jail?.hint(for: $0, lastWords) }
        return hint.map { hint in lastWords.map { "\($0) (\(hint))" } ?? hint } ?? lastWords
    }

    /// Whether there are bytes that did not fit into its pipe yet.
    var wantsToWrite: Bool { !outbox.isEmpty && child.input >= 0 }

    func give(_ job: Job, record: Record, now: Int64) {
        let key = Key(record.id)
        let isBegun = workers == 1 || inFlight.count < workers
        if !isBegun { waiting.append(key) }
        inFlight[key] = InFlight(job: job, record: record, since: now, begunAt: isBegun ? now : nil)
        outbox.add(line: line(of: job, record))
        write()
    }

    /// The line with the number of tries left in front, for a stage that wants to know.
    private func line(of job: Job, _ record: Record) -> [UInt8] {
        guard let tries, record["tries_left"] == nil, job.line.first == UInt8(ascii: "{"),
            job.line.count + 64 < Record.maximumLineBytes
        else { return job.line }
        return Array("{\"tries_left\":\(max(0, tries - 1 - job.failures)),".utf8) + job.line.dropFirst()
    }

    /// Removes a record from those in hand.
    func remove(_ key: Key) -> InFlight? { inFlight.removeValue(forKey: key) }

    /// Removes a record that it has answered; a worker is free for the next.
    func finish(_ key: Key, now: Int64) {
        inFlight[key] = nil
        waiting.removeAll { inFlight[$0] == nil }
        guard !waiting.isEmpty else { return }
        change(waiting.removeFirst()) { $0.begunAt = now }
    }

    /// When it began a record: with one worker, when it had answered the one before.
    func beginning(of flight: InFlight) -> Int64? {
        workers > 1 ? flight.begunAt : max(flight.since, answeredAt)
    }

    /// The same for a record that it answers now; `before` is the time of its last answer.
    func beginning(of flight: InFlight, after before: Int64) -> Int64 {
        workers > 1 ? flight.begunAt ?? flight.since : max(flight.since, before)
    }

    func removeAll() -> [InFlight] {
        defer { inFlight = [:] }
        return Array(inFlight.values)
    }

    func change(_ key: Key, _ body: (inout InFlight) -> Void) {
        guard var flight = inFlight[key] else { return }
        body(&flight)
        inFlight[key] = flight
    }

    /// Writes as much as its pipe takes; a process that has gone is noticed elsewhere.
    func write() {
        if wantsToWrite, outbox.flush(to: child.input) == .closed { child.closeInput() }
        if closesInput, !wantsToWrite { child.closeInput() }
    }

    /// Closes its input once all is written.
    func retire() {
        (isRetiring, closesInput) = (true, true)
        write()
    }

    /// Kills it and all that it started.
    func kill(_ sentence: Sentence) {
        if self.sentence == nil { self.sentence = sentence }
        isRetiring = true
        child.send(SIGKILL)
    }
}
