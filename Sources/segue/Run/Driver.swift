import Glibc
import Ledger
import Limiter
import Wire

/// Keeps each stage supplied from the ledger, and books every answer before anything downstream sees it.
final class Driver {
    let plan: DriverPlan
    let ledger: Ledger
    let engine: Engine
    let spool: SpoolFolder
    let monitor: Monitor
    private let lock: DriverLock
    private let signals: Signals
    private let hosts: Hosts
    private let mailbox: Mailbox<Swift.Result<Batch.Outcome, Failure>>
    private var requests: RequestReader?

    /// Answers that are not booked yet, and the lane that each stage's turn stands at.
    private var answers: [(job: Job, record: Record, answer: Answer)] = []
    private var lanes: [Int64]
    private var token: Int64
    private var isCommitting = false
    /// Whether there may be something to claim or to wake that the last look did not find.
    private var isDue = true
    private var nextDue: Int64?
    private var version: Int64?
    private var asked = 0
    private var stopAt: Int64?
    private var spoolBytes = 0
    private var isSpoolFull = false
    /// Whether somebody paused something while this driver ran, who will want it to go on.
    private var wasPausedMeanwhile = false
    private var committedAt: Int64 = 0
    private var spoolLookedAt: Int64 = 0
    private var lastOutcome = Batch.Outcome()
    /// How many items stand where, as of lately.
    private(set) var counts: [Count] = []
    private var countedAt: Int64 = 0

    init(_ plan: DriverPlan, ledger: Ledger, lock: DriverLock, monitor: Monitor, requests: RequestReader?)
        throws(Failure)
    {
        (self.plan, self.ledger, self.lock, self.monitor, self.requests) = (plan, ledger, lock, monitor, requests)
        signals = try Signals()
        engine = Engine(plan.stages)
        spool = try SpoolFolder(path: plan.spool)
        hosts = Hosts(folder: plan.hostsFolder, defaultRate: nil) { _ in }
        mailbox = try Mailbox()
        lanes = plan.stages.map { _ in -1 }
        token = milliseconds() << 20
        engine.onStart = { [lock] group in lock.note(group) }
    }

    /// Runs until nothing is due, or until it is told to stop. The exit status says which.
    func run() throws(Failure) -> Int32 {
        try prepare()
        while try !isDone() { try turn() }
        try finish()
        return try status()
    }

    private func prepare() throws(Failure) {
        let road = plan.road
        let strangers = try ledger.change(now: milliseconds(), road: road) { change in
            _ = try change.recover()
            return try change.stagesOffTheRoad()
        }
        if let stranger = strangers.first {
            throw .config(
                "unknown_stage",
                "\(stranger.count) items are at the stage \(stranger.name), which the pipeline no longer has; "
                    + "put it back, or cancel them")
        }
        let records = try plan.fetching.map { stage throws(Failure) in
            try ledger.change(now: milliseconds(), road: road) { try $0.unfinished(from: stage) }
        }
        if let records { spool.clear(keeping: records, artwork: !records.isEmpty) }
    }

    private func turn() throws(Failure) {
        let now = monotonicNanoseconds()
        if !isCommitting, needsCommit { try commit(now) }
        // Answers that pile up behind a commit are left in the pipes.
        let takesRequests = requests?.isOpen == true && asked == 0
        let ready = engine.turn(
            until: deadline(now),
            others: [signals.descriptor, mailbox.descriptor, takesRequests ? 0 : -1], listens: answers.count < 8192)
        for signal in ready.contains(signals.descriptor) ? signals.take() : [] { take(signal) }
        engine.check()
        for event in engine.takeEvents() { try take(event) }
        if takesRequests { requests?.read(mayRead: ready.contains(0)) }
        if ready.contains(mailbox.descriptor) { for result in mailbox.take() { try apply(result) } }
        if !isCommitting { try lookForChanges(now) }
        pressToStop(now)
        monitor.turn(self)
    }

    private var needsCommit: Bool {
        if !answers.isEmpty || requests?.hasSome == true { return true }
        guard asked == 0 else { return false }
        let now = monotonicNanoseconds()
        let mayRestart = engine.crews.contains { $0.restart(after: committedAt).map { $0 <= now } ?? false }
        return isDue || mayRestart || nextDue.map { $0 <= milliseconds() } ?? false
    }

    private func deadline(_ now: Int64) -> Int64 {
        let tick = now + (isDue && !isCommitting ? 0 : 100_000_000)
        guard let nextDue, !isCommitting else { return tick }
        return min(tick, now + max(0, nextDue - milliseconds()) * 1_000_000)
    }

    /// Hands what has come to the ledger, together with how much room there is.
    private func commit(_ now: Int64) throws(Failure) {
        let isStopping = asked > 0
        let rooms = engine.crews.map { isStopping ? Room() : $0.room(now: now) }
        let batch = Batch(
            answers: answers.map { ($0.job, $0.answer) }, rooms: limit(rooms, now), lanes: lanes, token: token,
            requests: requests?.take() ?? [], ahead: plan.ahead(engine.crews),
            wantsCounts: now - countedAt > 200_000_000)
        answers = []
        (isCommitting, isDue, committedAt) = (true, false, now)
        token += 1
        ledger.changeLater(now: milliseconds(), road: plan.road) {
            try batch.run(in: $0)
        } then: { [mailbox] in
            mailbox.put($0)
        }
    }

    /// No more is fetched while the spool is full.
    private func limit(_ rooms: [Room], _ now: Int64) -> [Room] {
        guard let limit = plan.spoolLimit, let fetching = plan.fetching else { return rooms }
        if now - spoolLookedAt > 500_000_000 { (spoolBytes, spoolLookedAt) = (spool.bytes, now) }
        isSpoolFull = spoolBytes >= limit
        var rooms = rooms
        if isSpoolFull { rooms[fetching] = Room() }
        return rooms
    }

    private func apply(_ result: Swift.Result<Batch.Outcome, Failure>) throws(Failure) {
        isCommitting = false
        let outcome = try result.get()
        (lanes, nextDue, lastOutcome) = (outcome.lanes, outcome.nextDue, outcome)
        if let found = outcome.counts { (counts, countedAt) = (found, monotonicNanoseconds()) }
        isDue = isDue || outcome.hasMoreToWake
        if isSpoolFull, !outcome.swept.isEmpty { (isDue, spoolLookedAt) = (true, 0) }
        for (index, jobs) in outcome.jobs.enumerated() where !jobs.isEmpty {
            if asked == 0 {
                engine.give(jobs, to: engine.crews[index])
            } else {
                for job in jobs { answers.append((job, Record(kind: "track", id: job.id), .returned)) }
            }
        }
        if plan.fetching != nil { for record in outcome.swept { spool.sweep(record) } }
        if !outcome.freedArtwork.isEmpty {
            spool.free(artwork: outcome.freedArtwork) { (try? ledger.needs(artwork: $0)) ?? true }
        }
        monitor.booked(outcome)
    }

    private func take(_ event: Engine.Event) throws(Failure) {
        switch event {
        case .answered(let job, let record, let answer):
            answers.append((job, record, answer))
            monitor.answered(job, record, answer, stage: engine.crews[job.stage].plan.name)
            if case .failed(let failure) = answer {
                if failure.class == .config { engine.report(failure, of: engine.crews[job.stage]) }
                if failure.class == .throttled, let host = failure.host, let seconds = failure.retryAfter {
                    try hosts.pause(host: host, seconds: seconds)
                }
            }
        case .trouble(let crew, let failure): monitor.trouble(crew.plan.name, failure)
        case .note(let crew, let replica, let text): monitor.note(crew.plan.name, replica.number, text)
        }
    }

    /// What another process changed in the ledger: what was withdrawn from our hands, and settings.
    private func lookForChanges(_ now: Int64) throws(Failure) {
        let found = try ledger.version()
        defer { version = found }
        guard found != version else { return }
        isDue = true
        guard version != nil else { return }
        let held = engine.crews.flatMap(\.replicas).flatMap { $0.inHand.values.map(\.job) }
        if try ledger.holdsBack() { wasPausedMeanwhile = true }
        let (lost, cancelled, scales) = try ledger.withdrawn(among: held)
        for job in held where lost.contains(job.item) {
            engine.withdraw(job.item)
            if cancelled.contains(job.item), let record = job.record { withdrawn.append(record.carried ?? record) }
        }
        for crew in engine.crews {
            if let count = scales[crew.plan.name], count != crew.wanted { crew.scale(to: count) }
        }
    }

    /// Whether items are paused one by one.
    private var isHeldBack: Bool { counts.contains { $0.state == .paused } }

    /// Cancelled items whose replica is being ended: their files go when it has gone.
    private var withdrawn: [Record] = []

    private func sweepWithdrawn() {
        let keys = Set(engine.crews.flatMap(\.replicas).flatMap { $0.inHand.keys })
        for record in withdrawn where !keys.contains(Key(record.id)) { spool.sweep(record) }
        withdrawn.removeAll { !keys.contains(Key($0.id)) }
    }

    private func take(_ signal: Int32) {
        if signal == SIGWINCH { return monitor.resized() }
        guard Signals.asksForTheEnd(signal) else { return }
        asked += 1
        guard asked == 1 else {
            if asked == 2 { monitor.say("stopping now") }
            return engine.signal(SIGKILL)
        }
        stopAt = monotonicNanoseconds() + Int64(plan.grace * 1e9)
        let count = engine.inHand
        if count > 0 {
            monitor.say("stopping: \(count) in hand may finish within \(Int(plan.grace)) s; once more stops at once")
        }
        engine.retire(all: false)
    }

    /// After the grace replicas are asked to stop, and five seconds later they are ended.
    private func pressToStop(_ now: Int64) {
        sweepWithdrawn()
        guard let stopAt, now > stopAt else { return }
        if now > stopAt + 5_000_000_000 { return engine.signal(SIGKILL) }
        if !isAskedToStop { engine.signal(SIGTERM) }
        isAskedToStop = true
    }
    private var isAskedToStop = false

    private func isDone() throws(Failure) -> Bool {
        guard !isCommitting, answers.isEmpty, engine.events.isEmpty, engine.inHand == 0 else { return false }
        if asked > 0 { return true }
        if isDue || requests?.isOpen == true || requests?.hasSome == true { return false }
        if lastOutcome.isPaused || isHeldBack { return !wasPausedMeanwhile }
        let standing = zip(engine.crews, lastOutcome.standing).filter { $0.0.trouble == nil }
        if standing.contains(where: { $0.1.waiting > 0 }) { return false }
        guard standing.contains(where: { $0.1.ready > 0 }) else { return true }
        // A stage whose next start was put off since the last look has not been asked yet.
        if engine.crews.contains(where: { $0.trouble == nil && $0.restart(after: committedAt) != nil }) { return false }
        if isSpoolFull, let fetching = plan.fetching {
            let failure = Failure.config(
                "spool_full", "the spool \(plan.spool) is full of what failed later; retry or cancel that")
            engine.report(failure, of: engine.crews[fetching])
        }
        return true
    }

    /// Lets every replica come to its end.
    private func finish() throws(Failure) {
        engine.retire(all: true)
        let end = monotonicNanoseconds() + Int64(plan.grace * 1e9)
        while engine.hasReplicas {
            let now = monotonicNanoseconds()
            if now > end || asked > 1 { engine.signal(now > end + 5_000_000_000 || asked > 1 ? SIGKILL : SIGTERM) }
            let ready = engine.turn(until: now + 100_000_000, others: [signals.descriptor])
            for signal in ready.contains(signals.descriptor) ? signals.take() : [] { take(signal) }
            engine.check()
            for event in engine.takeEvents() { try take(event) }
        }
        sweepWithdrawn()
        if try ledger.isEverythingAtItsEnd() { spool.clear(keeping: [], artwork: false) }
        ledger.settle()
    }

    private func status() throws(Failure) -> Int32 {
        let counts = try ledger.counts()
        monitor.close(counts, try ledger.failures(limit: 20))
        if let trouble = engine.crews.compactMap(\.trouble).first { return Status.of(trouble) }
        let isUnfinished = counts.contains { [.ready, .running, .waiting].contains($0.state) }
        if asked > 0, isUnfinished { return Status.later }
        return counts.contains { $0.state == .failed } ? Status.failed : 0
    }
}
