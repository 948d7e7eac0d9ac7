import CPosix
import Glibc
import Ledger
import Wire

/// Hands records to replicas and brings their answers, on one thread: everything waits in one `poll`.
final class Engine {
    /// What happened while the engine turned.
    enum Event {
        /// Also when the replica began the record and when it answered, in monotonic nanoseconds.
        case answered(Job, Record, Answer, ClosedRange<Int64>)
        /// A stage cannot work, and works again; each is said once.
        case trouble(WorkerPool, Failure)
        case wentOn(WorkerPool)
        /// A stage has fewer replicas than it should.
        case shortage(WorkerPool, Failure)
        /// A line for people from a replica.
        case note(WorkerPool, Replica, String)
    }

    let pools: [WorkerPool]
    var events: [Event] = []
    private var checkedAt: Int64 = 0
    /// Bytes that stages reported as moved so far.
    var bytesMoved = 0
    /// Told of each replica that is started, and at the end.
    var onStart: (pid_t) -> Void = { _ in }

    init(_ plans: [StagePlan]) { pools = plans.enumerated().map { WorkerPool(index: $0, plan: $1) } }

    func drainEvents() -> [Event] {
        defer { events = [] }
        return events
    }

    var inFlight: Int { pools.reduce(0) { $0 + $1.replicas.reduce(0) { $0 + $1.inFlight.count } } }

    var hasReplicas: Bool { pools.contains { !$0.replicas.isEmpty } }

    /// Gives claimed records to a stage; what cannot be given comes back as an event.
    func give(_ jobs: [Job], to pool: WorkerPool) {
        let now = monotonicNanoseconds()
        var pairs: [(job: Job, record: Record)] = []
        for job in jobs {
            if let record = job.record {
                pairs.append((job, record))
            } else {
                let failure = Failure.permanent("bad_record", "what the ledger has of it is no record")
                events.append(.answered(job, Record(kind: "track", id: job.id), .failed(failure), now...now))
            }
        }
        let before = Set(pool.replicas.map(\.child.processID))
        let unplaced = pool.give(pairs, now: now)
        for replica in pool.replicas where !before.contains(replica.child.processID) {
            onStart(replica.child.processID)
        }
        for pair in unplaced.pairs { events.append(.answered(pair.job, pair.record, .returned, now...now)) }
        guard let failure = unplaced.failure else { return }
        if failure.class == .config { report(failure, of: pool) } else { events.append(.shortage(pool, failure)) }
    }

    /// Waits for something to happen, at most until `deadline`, and handles it. Returns which of `others` are readable.
    ///
    /// Without `listens` answers are left in their pipes.
    func turn(until deadline: Int64, others: [Int32], outlet: pollfd? = nil, listens: Bool = true) -> Set<Int32> {
        var polls = others.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if let outlet { polls.append(outlet) }
        let first = polls.count
        var owners: [(pool: WorkerPool, replica: Replica)] = []
        for pool in pools {
            for replica in pool.replicas {
                owners.append((pool, replica))
                polls += replica.polls(listens: listens)
            }
        }
        let wait = max(0, min(deadline - monotonicNanoseconds(), 60_000_000_000))
        let limit = Int32((wait + 999_999) / 1_000_000)
        guard poll(&polls, nfds_t(polls.count), events.isEmpty ? limit : 0) >= 0 else { return [] }
        let now = monotonicNanoseconds()
        for (index, owner) in owners.enumerated() {
            let ready = polls[(first + 4 * index)..<(first + 4 * index + 4)].map { $0.revents != 0 }
            if ready[0] { owner.replica.write() }
            if ready[1] { readAnswers(of: owner.replica, in: owner.pool, now) }
            if ready[2] { readErrors(of: owner.replica, in: owner.pool, now) }
            if ready[3] { readEvents(of: owner.replica, now) }
        }
        return Set(polls.prefix(others.count).filter { $0.revents != 0 }.map(\.fd))
    }

    /// Finds replicas that have ended or take too long: at once after a SIGCHLD, otherwise now and then. Returns whether
    /// one has ended, and so left its place to another.
    @discardableResult
    func check(after signals: [Int32] = []) -> Bool {
        let now = monotonicNanoseconds()
        guard signals.contains(SIGCHLD) || now - checkedAt > Self.interval else { return false }
        checkedAt = now
        var hasEnded = false
        for pool in pools {
            for replica in pool.replicas {
                if replica.child.reap() != nil {
                    bury(replica, of: pool, now)
                    hasEnded = true
                } else {
                    tell(replica.echo.showIfOld(now: now), of: replica, in: pool)
                    pool.judge(replica, now: now)
                    judgeSilence(of: replica, in: pool, now)
                }
            }
        }
        return hasEnded
    }

    /// Ends a replica that closed its output and does not exit, or that has answered its whole batch and does not exit
    /// for long.
    private func judgeSilence(of replica: Replica, in pool: WorkerPool, _ now: Int64) {
        if pool.plan.mode == .batch, replica.inFlight.isEmpty, now - replica.answeredAt > Self.departure {
            replica.kill(.stopped)
        }
        guard !replica.hasAnswersToRead, !replica.inFlight.isEmpty else { return }
        let closedAt = replica.closedAt ?? now
        replica.closedAt = closedAt
        if now - closedAt > Self.silence {
            replica.kill(.broke(.transient("protocol", "the stage closed its stdout and went on")))
        }
    }

    /// How long it may take to exit, in nanoseconds: with records in hand, and after the last of a batch.
    private static let silence: Int64 = 2_000_000_000
    private static let departure: Int64 = 30_000_000_000

    /// Nanoseconds between two checks.
    private static let interval: Int64 = 50_000_000

    /// Withdraws a record and ends the replica that has it; its answer is no longer wanted.
    func withdraw(_ item: Int64) {
        for pool in pools {
            for replica in pool.replicas {
                guard let key = replica.inFlight.first(where: { $0.value.job.item == item })?.key else { continue }
                replica.kill(.one(key, nil))
            }
        }
    }

    /// Closes the input of replicas with nothing in hand, and with `all` of the others too.
    func retire(all: Bool) {
        for replica in pools.flatMap(\.replicas) where all || replica.inFlight.isEmpty { replica.retire() }
    }

    func signal(_ signal: Int32) {
        for replica in pools.flatMap(\.replicas) {
            if signal == SIGKILL { replica.kill(.stopped) } else { replica.child.send(signal) }
            if replica.sentence == nil { replica.sentence = .stopped }
        }
    }

    func report(_ failure: Failure, of pool: WorkerPool) {
        if pool.stand(still: failure, now: monotonicNanoseconds()) { events.append(.trouble(pool, failure)) }
    }

    private func readErrors(of replica: Replica, in pool: WorkerPool, _ now: Int64) {
        for text in replica.readErrors(now: now) { note(text, of: replica, in: pool, now) }
    }

    private func note(_ text: String, of replica: Replica, in pool: WorkerPool, _ now: Int64) {
        tell(replica.echo.add(text, after: pool.lastWords, now: now), of: replica, in: pool)
    }

    func tell(_ lines: [String], of replica: Replica, in pool: WorkerPool) {
        for line in lines {
            events.append(.note(pool, replica, line))
            explain(line, of: replica, in: pool)
        }
    }

    /// Says, once for a stage, how it is granted what it seems to lack.
    func explain(_ words: String, of replica: Replica, in pool: WorkerPool) {
        guard let hint = pool.plan.jail?.hint(for: words), pool.hints.insert(hint).inserted else { return }
        events.append(.note(pool, replica, hint))
    }

    private func readEvents(of replica: Replica, _ now: Int64) { bytesMoved += replica.readEvents(now: now) }

    /// Reads the last of what a replica wrote, and settles the records that it left unanswered.
    private func bury(_ replica: Replica, of pool: WorkerPool, _ now: Int64) {
        let hasLeftovers = replica.child.send(SIGKILL)
        let isWhole = replica.sentence == nil && replica.child.ending == .exited(0)
        readAnswers(of: replica, in: pool, now, isLast: isWhole)
        readErrors(of: replica, in: pool, now)
        for text in replica.errors.end(now: now) { note(text, of: replica, in: pool, now) }
        if hasLeftovers, replica.sentence == nil, !pool.plan.executable.isNative {
            note("left processes behind, which were ended", of: replica, in: pool, now)
        }
        let left = replica.removeAll()
        // A halted stage that ends with its trial record is itself to blame.
        let isLooking = pool.standstill?.scout === replica
        let verdict = Verdict(replica, left, isBatch: pool.plan.mode == .batch, blamesNobody: isLooking)
        tell(verdict.isUnasked ? replica.echo.fold() : replica.echo.show(), of: replica, in: pool)
        if verdict.isUnasked, !replica.echo.said.isEmpty { pool.lastWords = replica.echo.said }
        for flight in left {
            events.append(
                .answered(flight.job, flight.record, verdict.answer(for: flight), min(flight.since, now)...now))
        }
        let hadSuspect = left.contains { $0.job.alone }
        let broken = pool.lost(replica, unasked: verdict.isUnasked, hadSuspect: hadSuspect, now: now)
        if let failure = verdict.trouble ?? broken { report(failure, of: pool) }
    }
}
