import Glibc
import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

/// Keeps each stage supplied from the ledger, and books every answer before anything downstream sees it.
package final class Driver {
    var plan: DriverPlan
    let ledger: Ledger
    let engine: Engine
    let spool: SpoolFolder
    var observers: Observers
    /// Whether there is nothing more to do, and the replicas are finishing.
    package internal(set) var isEnding = false
    private let lock: DriverLock
    let signals: Signals
    let hosts: Hosts
    private let mailbox: Mailbox<Swift.Result<Batch.Outcome, Failure>>
    let requests: (any RequestInput)?
    let inbox: Inbox?
    let following: Following
    let teller: Teller
    var scrubbing: Scrubbing?
    /// Whose items these are, if they are those of a shard.
    var shard: ShardLines?

    var booking = Booking()
    var claims: Claims
    var watch: LedgerWatch
    var holds = Holds()
    var admissions: Admissions
    var stopping = Stopping()
    var schedule: LimitSchedule
    private var pictures: PictureFolder
    let files: WorkingFiles
    /// Whether it waits for more when nothing is due.
    private(set) var isServing = false
    /// Whether it was started in a terminal, whose end SIGHUP means then.
    let hadTerminal = hasTerminal()
    var lastOutcome = Batch.Outcome()

    init(
        _ plan: DriverPlan, _ ledger: Ledger, _ lock: DriverLock, _ requests: (any RequestInput)?,
        _ observers: Observers
    ) throws(Failure) {
        (self.plan, self.ledger, self.lock, self.requests) = (plan, ledger, lock, requests)
        self.observers = observers
        inbox = try plan.inbox.map { path throws(Failure) in try Inbox(path: path, stillness: plan.inboxStillness) }
        following = try Following(plan.presence)
        teller = try Teller(plan.recipients, environment: plan.environment, isJailed: plan.holdsRecipients) {
            [lock] group in lock.note(group)
        }
        scrubbing = try plan.scrub.map { scrub throws(Failure) in try Scrubbing(scrub, ledger, plan.route) }
        signals = try Signals()
        watch = try LedgerWatch(ledger)
        engine = Engine(plan.stages)
        spool = try SpoolFolder(path: plan.spool)
        files = WorkingFiles(ledger: plan.ledger, spool: plan.spool)
        hosts = Hosts(folder: plan.hostsFolder, defaultRate: nil) { _ in }
        mailbox = try Mailbox()
        pictures = PictureFolder(path: plan.pictures)
        claims = Claims(stages: plan.stages.count, now: millisecondsSince1970())
        admissions = Admissions(stages: plan.stages.count)
        schedule = LimitSchedule(plan, now: millisecondsSince1970())
        engine.onStart = { [lock] group in lock.note(group) }
    }

    /// Runs until nothing is due or until it is told to stop. The exit status says which.
    ///
    /// Each turn ends with `tell`, which takes the events and may take a glance.
    ///
    /// - Throws: `unknown_stage` (`config`) for items at a stage that the pipeline no longer has, `write_failed` (`transient`)
    ///   where events cannot be written, and what the ``Ledger`` throws.
    package func run(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        defer { tell(self) }
        do throws(Failure) {
            try prepare()
            while try !isDone() { try turn(tell) }
            try finish(tell)
            return try status(tell)
        } catch {
            // The next driver has to find none of them at work, and all that was booked in the ledger's own file.
            engine.signal(SIGKILL)
            teller.drop()
            ledger.checkpoint()
            throw error
        }
    }

    /// Runs until it is told to stop, and counts that as success.
    ///
    /// - Throws: what ``run(_:)`` throws.
    package func serve(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        isServing = true
        let status = try run(tell)
        return stopping.isAsked && status == ExitStatus.later.rawValue ? 0 : status
    }

    private func turn(_ tell: (Driver) -> Void) throws(Failure) {
        let now = monotonicNanoseconds()
        try files.check(now: now)
        if needsCommit(now) { try commit(now) }
        // Answers that pile up behind a commit stay in the pipes.
        let takesRequests = requests?.wantsMore == true && !stopping.isAsked && !booking.wait.isOn
        let ready = engine.turn(
            until: deadline(now), others: [signals.descriptor, mailbox.descriptor, takesRequests ? 0 : -1],
            outlet: observers.outlet?.poll, listens: !booking.isFull && observers.outlet?.isBehind != true)
        let caught = ready.contains(signals.descriptor) ? signals.drain() : []
        caught.forEach(handle)
        // One that had answered all may have ended only now, and no answer will tell that there is room again.
        if engine.check(after: caught) { claims.isDue = true }
        for event in engine.drainEvents() { try handle(event) }
        if takesRequests { requests?.read(mayRead: ready.contains(0)) }
        if ready.contains(mailbox.descriptor) { for result in mailbox.drain() { try apply(result) } }
        if !booking.isCommitting, watch.wantsLook(now: now) {
            try orLater { () throws(Failure) in try lookForChanges(now) }
        }
        pressToStop(now)
        try lookIntoInbox(now)
        try lookAfterFollowed(now)
        try sendNotices(now)
        scrubNowAndThen(now)
        spool.sweepNowAndThen(now: now)
        freePictures(now)
        if let limits = schedule.next(now: now) { say(limits) }
        try count(now)
        observers.lookAtPauses(in: plan.hostsFolder, now: now)
        tell(self)
        try writeEvents()
    }

    /// Removes pictures that nobody needs; those that records share in the spool, as a user's own fetch may do, only
    /// while no record is on its way that may have found one and not told of it.
    private func freePictures(_ now: Int64) {
        pictures.pruneNowAndThen(now: now)
        guard spool.hasTooMuchArtwork, !booking.isCommitting, booking.answers.isEmpty, let fetching = plan.fetching,
            engine.pools[fetching].replicas.allSatisfy(\.inFlight.isEmpty)
        else { return }
        spool.freeArtwork { (try? ledger.needs(artwork: $0)) ?? true }
    }

    /// Counts the items of each state, for observers.
    private func count(_ now: Int64) throws(Failure) {
        guard !booking.isCommitting, observers.wantsCount(now: now) else { return }
        guard let counts = try orLater({ () throws(Failure) in try ledger.counts() }) else { return }
        note(.counted(counts, isPaused: lastOutcome.isPaused))
        observers.counted()
    }

    /// Writes events as far as their reader takes them; when the reader is gone, the driver stops.
    private func writeEvents() throws(Failure) {
        guard let outlet = observers.outlet else { return }
        try outlet.flush()
        if outlet.isClosed, !stopping.isAsked { stop() }
    }

    private func needsCommit(_ now: Int64) -> Bool {
        guard !booking.isCommitting, booking.wait.mayAsk(now: now) else { return false }
        if requests?.hasSome == true || inbox?.hasSome == true || booking.isReady(now: now, isIdle: isIdle(now)) {
            return true
        }
        guard !stopping.isAsked else { return false }
        let mayRestart = engine.pools.contains { $0.restart(after: claims.madeAt).map { $0 <= now } ?? false }
        return claims.isDue || mayRestart || claims.nextDue?.hasCome(now) == true || holds.nextLook ?? .max <= now
    }

    /// Whether a stage could take more at once, or all of them wait for the next batch to be booked.
    private func isIdle(_ now: Int64) -> Bool {
        engine.inFlight == 0
            || zip(engine.pools, lastOutcome.standing).contains { pool, standing in
                standing.ready > 0 && plan.isActive(pool.index) && pool.capacity(now: now).idle > 0
            }
    }

    private func deadline(_ now: Int64) -> Int64 {
        let isWaiting = booking.isCommitting || booking.wait.isOn
        let tick = now + (claims.isDue && !isWaiting ? 0 : 100_000_000)
        guard !isWaiting else { return tick }
        let look = !stopping.isAsked ? holds.nextLook : nil
        return min(tick, claims.nextDue?.at ?? tick, look ?? tick, booking.readyAt ?? tick)
    }

    /// Hands the ledger what has come in, together with the capacity that there is.
    private func commit(_ now: Int64) throws(Failure) {
        // After a full disk, booking alone needs less room.
        let new = (requests?.drain() ?? []) + (inbox?.drain() ?? [])
        let hasToBook = !booking.answers.isEmpty || !booking.requests.isEmpty || !new.isEmpty
        let mayClaim = !stopping.isAsked && !(booking.wait.isOn && hasToBook)
        let capacities = engine.pools.map { pool in
            mayClaim && plan.isActive(pool.index) ? pool.capacity(now: now) : Capacity()
        }
        let batch = Batch(
            answers: booking.answers.map { ($0.job, $0.answer) }, capacities: widened(limit(capacities, now)),
            lanes: claims.lanes, token: claims.token, requests: booking.requests + new,
            ahead: plan.ahead(engine.pools), holds: holdChanges(now), isOfShard: shard != nil,
            isFollowing: plan.isFollowing && mayClaim)
        booking.begin(requests: batch.requests, holds: batch.holds.count)
        claims.begin(now: now)
        ledger.changeLater(now: millisecondsSince1970(), route: plan.route) {
            try batch.run(in: $0)
        } then: { [mailbox] in
            mailbox.put($0)
        }
    }

    /// Nothing more is fetched while the spool is full.
    private func limit(_ capacities: [Capacity], _ now: Int64) -> [Capacity] {
        guard let limit = plan.spoolLimit, let fetching = plan.fetching else { return capacities }
        spool.measure(now: now, limit: limit)
        var capacities = capacities
        if spool.gauge.isFull { capacities[fetching] = Capacity() }
        return capacities
    }

    private func apply(_ result: Swift.Result<Batch.Outcome, Failure>) throws(Failure) {
        guard let booked = booking.end(), let outcome = try outcome(of: result, for: booked) else { return }
        // Claimed items may be newer than the last look: their arrival is told first.
        if outcome.jobs.contains(where: { !$0.isEmpty }) { try orLater { () throws(Failure) in try tellCommands() } }
        claims.end(outcome)
        lastOutcome = outcome
        for (answered, fate) in zip(booked.answers, outcome.fates) { tell(answered.record, answered.answer, fate.fate) }
        try orLater { () throws(Failure) in try plan.presence?.note(in: ledger) }
        for record in outcome.closed { tell(record, .final(record), .ended(.done)) }
        for addition in outcome.additions where addition.addition != .known {
            note(.added(id: addition.request.record.id))
        }
        tellFollowed(outcome)
        holds.told(booked.holds)
        shard?.answer(outcome.ended)
        observers.sawChange()
        if spool.gauge.isFull, !outcome.swept.isEmpty { claims.isDue = true }
        if !plan.spooling.isEmpty { spool.note(unneeded: outcome.swept) }
        // One whose media went stale may be fetched again with these jobs.
        for stage in plan.spooling { spool.sweep(before: outcome.jobs[stage].lazy.compactMap(\.record)) }
        for (index, claimed) in outcome.jobs.enumerated() where !claimed.isEmpty {
            let jobs = !stopping.isAsked ? admissible(claimed, at: index) : claimed
            if !stopping.isAsked {
                note(.started(jobs, stage: engine.pools[index].plan.name))
                engine.give(jobs, to: engine.pools[index])
            } else {
                for job in jobs { giveBack(job) }
            }
        }
        noteProbes(outcome.probes, monotonicNanoseconds())
        spool.note(unused: outcome.freedArtwork)
    }

    /// Gives back a job that was claimed but cannot be worked on.
    func giveBack(_ job: Job) {
        booking.add((job, Record(kind: "track", id: job.id), .returned), now: monotonicNanoseconds())
    }
}
