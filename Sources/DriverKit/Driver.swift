import Glibc
import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

/// Keeps each stage supplied from the ledger, and books every answer before anything downstream sees it.
package final class Driver {
    let plan: DriverPlan
    let ledger: Ledger
    let engine: Engine
    let spool: SpoolFolder
    var observers: Observers
    /// Whether there is nothing more to do, and the replicas come to their end.
    package internal(set) var isEnding = false
    private let lock: DriverLock
    let signals: Signals
    let hosts: Hosts
    private let mailbox: Mailbox<Swift.Result<Batch.Outcome, Failure>>
    var requests: RequestReader?
    /// Cancelled items whose replica is being ended: their files go when it has gone.
    var withdrawn: [Record] = []

    /// Answers that are not booked yet, and the lane that each stage's turn stands at.
    var answers: [Answered] = []
    /// What is being booked.
    private(set) var inCommit: Commit?
    /// Requests that the ledger did not take yet.
    var unbooked: [ItemRequest] = []
    var ledgerWait = LedgerWait()
    var holds = Holds()
    /// The last jobs that each stage has finished.
    var admitted: [[Job]]
    private var lanes: [Int64]
    /// What the next batch makes its claims with.
    private(set) var token: Int64
    /// Whether there may be something to claim or to wake that the last look did not find.
    var isDue = true
    private var nextDue: Due?
    var version: Int64?
    /// The last command of a user that was told of.
    var lastCommand: Int64
    var stopping = Stopping()
    /// Whether it waits for more when nothing is due.
    private(set) var isServing = false
    private(set) var spoolGauge = SpoolGauge()
    /// Whether somebody paused something while this driver ran, who will want it to go on.
    var wasPausedMeanwhile = false
    var committedAt: Int64 = 0
    var lastOutcome = Batch.Outcome()
    private var pruning = Interval(seconds: 60)

    typealias Answered = (job: Job, record: Record, answer: Answer)

    init(
        _ plan: DriverPlan, _ ledger: Ledger, _ lock: DriverLock, _ requests: RequestReader?, _ observers: Observers
    ) throws(Failure) {
        (self.plan, self.ledger, self.lock, self.requests) = (plan, ledger, lock, requests)
        self.observers = observers
        signals = try Signals()
        lastCommand = try ledger.lastCommand()
        engine = Engine(plan.stages)
        spool = try SpoolFolder(path: plan.spool)
        hosts = Hosts(folder: plan.hostsFolder, defaultRate: nil) { _ in }
        mailbox = try Mailbox()
        lanes = plan.stages.map { _ in -1 }
        admitted = plan.stages.map { _ in [] }
        token = millisecondsSince1970() << 20
        engine.onStart = { [lock] group in lock.note(group) }
    }

    /// Runs until nothing is due, or until it is told to stop. The exit status says which.
    ///
    /// Each turn ends with `tell`, which takes the events and has a look.
    ///
    /// - Throws: `unknown_stage` (`config`) for items at a stage that the pipeline no longer has, `write_failed` (`transient`)
    ///   where events cannot be written, and what the ``Ledger`` throws.
    package func run(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        defer { tell(self) }
        try prepare()
        while try !isDone() { try turn(tell) }
        try finish(tell)
        return try status(tell)
    }

    /// Runs until it is told to stop, which is a good end.
    ///
    /// - Throws: what ``run(_:)`` throws.
    package func serve(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        isServing = true
        let status = try run(tell)
        return stopping.isAsked && status == Status.later ? 0 : status
    }

    private func turn(_ tell: (Driver) -> Void) throws(Failure) {
        let now = monotonicNanoseconds()
        if !isCommitting, needsCommit { try commit(now) }
        // Answers that pile up behind a commit are left in the pipes.
        let takesRequests = requests?.isOpen == true && !stopping.isAsked && !ledgerWait.isOn
        let ready = engine.turn(
            until: deadline(now), others: [signals.descriptor, mailbox.descriptor, takesRequests ? 0 : -1],
            outlet: observers.outlet?.poll, listens: answers.count < 8192 && observers.outlet?.isBehind != true)
        let caught = ready.contains(signals.descriptor) ? signals.take() : []
        caught.forEach(take)
        engine.check(after: caught)
        for event in engine.takeEvents() { try take(event) }
        if takesRequests { requests?.read(mayRead: ready.contains(0)) }
        if ready.contains(mailbox.descriptor) { for result in mailbox.take() { try apply(result) } }
        if !isCommitting { try orLater { () throws(Failure) in try lookForChanges(now) } }
        pressToStop(now)
        freePictures(now)
        try count(now)
        observers.lookAtPauses(in: plan.hostsFolder, now: now)
        tell(self)
        try writeEvents()
    }

    /// Lets pictures go that nobody needs; those that records share in the spool, as a fetch of one's own may have it, only
    /// while no record is on its way that may have found one and not told of it.
    private func freePictures(_ now: Int64) {
        if pruning.isOver(now: now) { PictureFolder(path: plan.pictures).prune() }
        guard spool.hasTooMuchArtwork, !isCommitting, answers.isEmpty, let fetching = plan.fetching,
            engine.pools[fetching].replicas.allSatisfy(\.inFlight.isEmpty)
        else { return }
        spool.freeArtwork { (try? ledger.needs(artwork: $0)) ?? true }
    }

    /// Counts how many items stand where, for those who look on.
    private func count(_ now: Int64) throws(Failure) {
        guard !isCommitting, observers.wantsCount(now: now) else { return }
        guard let counts = try orLater({ () throws(Failure) in try ledger.counts() }) else { return }
        note(.counted(counts, isPaused: lastOutcome.isPaused))
        observers.counted()
    }

    /// Writes events as far as their reader takes them; without one there is no reason to go on.
    private func writeEvents() throws(Failure) {
        guard let outlet = observers.outlet else { return }
        try outlet.flush()
        if outlet.isClosed, !stopping.isAsked { stop() }
    }

    var isCommitting: Bool { inCommit != nil }

    private var needsCommit: Bool {
        let now = monotonicNanoseconds()
        guard ledgerWait.mayAsk(now: now) else { return false }
        if hasToBook { return true }
        guard !stopping.isAsked else { return false }
        let mayRestart = engine.pools.contains { $0.restart(after: committedAt).map { $0 <= now } ?? false }
        return isDue || mayRestart || nextDue?.hasCome(now) == true || holds.nextLook ?? .max <= now
    }

    private var hasToBook: Bool { !answers.isEmpty || !unbooked.isEmpty || requests?.hasSome == true }

    private func deadline(_ now: Int64) -> Int64 {
        let isWaiting = isCommitting || ledgerWait.isOn
        let tick = now + (isDue && !isWaiting ? 0 : 100_000_000)
        let look = !stopping.isAsked ? holds.nextLook : nil
        return isWaiting ? tick : min(tick, nextDue?.at ?? tick, look ?? tick)
    }

    /// Hands what has come to the ledger, together with how much capacity there is.
    private func commit(_ now: Int64) throws(Failure) {
        // What a ledger that was full has still to book needs less room alone.
        let claims = !stopping.isAsked && !(ledgerWait.isOn && hasToBook)
        let capacities = engine.pools.map { claims ? $0.capacity(now: now) : Capacity() }
        let batch = Batch(
            answers: answers.map { ($0.job, $0.answer) }, capacities: widened(limit(capacities, now)), lanes: lanes,
            token: token,
            requests: unbooked + (requests?.take() ?? []), ahead: plan.ahead(engine.pools), holds: holdChanges(now))
        inCommit = Commit(answers: answers, requests: batch.requests, holds: batch.holds.count)
        (answers, unbooked, isDue, committedAt) = ([], [], false, now)
        token += 1
        ledger.changeLater(now: millisecondsSince1970(), route: plan.route) {
            try batch.run(in: $0)
        } then: { [mailbox] in
            mailbox.put($0)
        }
    }

    /// No more is fetched while the spool is full.
    private func limit(_ capacities: [Capacity], _ now: Int64) -> [Capacity] {
        guard let limit = plan.spoolLimit, let fetching = plan.fetching else { return capacities }
        spoolGauge.look(now: now, limit: limit) { spool.bytes }
        var capacities = capacities
        if spoolGauge.isFull { capacities[fetching] = Capacity() }
        return capacities
    }

    private func apply(_ result: Swift.Result<Batch.Outcome, Failure>) throws(Failure) {
        guard let booked = inCommit else { return }
        inCommit = nil
        guard let outcome = try outcome(of: result, for: booked) else { return }
        // What was claimed may have been added since the last look: that is told first.
        if outcome.jobs.contains(where: { !$0.isEmpty }) { try orLater { () throws(Failure) in try tellCommands() } }
        (lanes, nextDue, lastOutcome) = (outcome.lanes, outcome.nextDue.map(Due.init), outcome)
        for (answered, fate) in zip(booked.answers, outcome.fates) { tell(answered.record, answered.answer, fate.fate) }
        try orLater { () throws(Failure) in try plan.presence?.note(in: ledger) }
        for record in outcome.closed { tell(record, .final(record), .ended(.done)) }
        for addition in outcome.additions where addition.addition != .known {
            note(.added(id: addition.request.record.id))
        }
        holds.told(booked.holds)
        observers.sawChange()
        isDue = isDue || outcome.hasMoreToWake
        if spoolGauge.isFull, !outcome.swept.isEmpty {
            isDue = true
            spoolGauge.sawFilesGo()
        }
        // First, since one whose media went stale may be under way again with these jobs.
        if plan.fetching != nil { spool.sweep(outcome.swept) }
        for (index, claimed) in outcome.jobs.enumerated() where !claimed.isEmpty {
            let jobs = !stopping.isAsked ? admissible(claimed, at: index) : claimed
            if !stopping.isAsked {
                note(.started(jobs, stage: engine.pools[index].plan.name))
                engine.give(jobs, to: engine.pools[index])
            } else {
                for job in jobs { answers.append((job, Record(kind: "track", id: job.id), .returned)) }
            }
        }
        take(outcome.probes, monotonicNanoseconds())
        spool.note(unused: outcome.freedArtwork)
    }
}
