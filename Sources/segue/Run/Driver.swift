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
    let signals: Signals
    private let hosts: Hosts
    private let mailbox: Mailbox<Swift.Result<Batch.Outcome, Failure>>
    var requests: RequestReader?
    /// Cancelled items whose replica is being ended: their files go when it has gone.
    var withdrawn: [Record] = []

    /// Answers that are not booked yet, and the lane that each stage's turn stands at.
    var answers: [Answered] = []
    /// Those that are being booked, and the requests with them.
    var inCommit: (answers: [Answered], requests: [Request]) = ([], [])
    /// Requests that the ledger did not take yet.
    var unbooked: [Request] = []
    var ledgerWait = LedgerWait()
    var holds = Holds()
    /// The last jobs that each stage has finished.
    var admitted: [[Job]]
    /// How many changes of holds are being booked.
    private var holdsInCommit = 0
    private var lanes: [Int64]
    /// What the next batch makes its claims with.
    private(set) var token: Int64
    var isCommitting = false
    /// Whether there may be something to claim or to wake that the last look did not find.
    var isDue = true
    private var nextDue: Due?
    var version: Int64?
    /// The last command of a user that was told of.
    var lastCommand: Int64
    var asked = 0
    /// Whether it waits for more when nothing is due.
    private(set) var isServing = false
    var stopAt: Int64?
    /// Whether replicas were told to stop, the grace being over.
    var isAskedToStop = false
    private var spoolBytes = 0
    var isSpoolFull = false
    /// Whether somebody paused something while this driver ran, who will want it to go on.
    var wasPausedMeanwhile = false
    var committedAt: Int64 = 0
    private var spoolLookedAt: Int64 = 0
    var lastOutcome = Batch.Outcome()
    /// Whether something was booked since items were counted.
    private var isCountOld = true
    private var countedAt: Int64 = 0
    private var picturesPrunedAt: Int64 = 0

    typealias Answered = (job: Job, record: Record, answer: Answer)

    init(_ plan: DriverPlan, ledger: Ledger, lock: DriverLock, monitor: Monitor, requests: RequestReader?)
        throws(Failure)
    {
        (self.plan, self.ledger, self.lock, self.monitor, self.requests) = (plan, ledger, lock, monitor, requests)
        signals = try Signals()
        lastCommand = try ledger.lastCommand()
        engine = Engine(plan.stages)
        spool = try SpoolFolder(path: plan.spool)
        hosts = Hosts(folder: plan.hostsFolder, defaultRate: nil) { _ in }
        mailbox = try Mailbox()
        lanes = plan.stages.map { _ in -1 }
        admitted = plan.stages.map { _ in [] }
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

    /// Runs until it is told to stop, which is a good end.
    func serve() throws(Failure) -> Int32 {
        isServing = true
        let status = try run()
        return asked > 0 && status == Status.later ? 0 : status
    }

    private func prepare() throws(Failure) {
        let road = plan.road
        let strangers = try ledger.change(now: milliseconds(), road: road) { change in
            _ = try change.recover()
            try change.releaseAll()
            try change.forgetOldCommands()
            try change.forgetTroubles()
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
        let takesRequests = requests?.isOpen == true && asked == 0 && !ledgerWait.isOn
        let outlet = monitor.lines?.outlet
        let ready = engine.turn(
            until: deadline(now), others: [signals.descriptor, mailbox.descriptor, takesRequests ? 0 : -1],
            outlet: outlet?.poll, listens: answers.count < 8192 && outlet?.isBehind != true)
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
        monitor.turn(self)
        try tellEvents()
    }

    /// Lets pictures go that nobody needs; those that records share in the spool, as a fetch of one's own may have it, only
    /// while no record is on its way that may have found one and not told of it.
    private func freePictures(_ now: Int64) {
        if now - picturesPrunedAt > 60_000_000_000 {
            PictureFolder(path: plan.pictures).prune()
            picturesPrunedAt = now
        }
        guard spool.hasTooMuchArtwork, !isCommitting, answers.isEmpty, let fetching = plan.fetching,
            engine.crews[fetching].replicas.allSatisfy(\.inHand.isEmpty)
        else { return }
        spool.freeArtwork { (try? ledger.needs(artwork: $0)) ?? true }
    }

    /// Counts how many items stand where, for those who look on.
    private func count(_ now: Int64) throws(Failure) {
        guard monitor.isLive, isCountOld, !isCommitting, now - countedAt > 200_000_000 else { return }
        guard let counts = try orLater({ () throws(Failure) in try ledger.counts() }) else { return }
        monitor.counted(counts, isPaused: lastOutcome.isPaused)
        (isCountOld, countedAt) = (false, now)
    }

    /// Writes events as far as their reader takes them; without one there is no reason to go on.
    private func tellEvents() throws(Failure) {
        guard let outlet = monitor.lines?.outlet else { return }
        try outlet.flush()
        if outlet.isClosed, asked == 0 { stop() }
    }

    var isStopping: Bool { asked > 0 }

    /// What the stages are about.
    var stages: [Overview.Stage] {
        engine.crews.map { crew in
            let standing = crew.index < lastOutcome.standing.count ? lastOutcome.standing[crew.index] : nil
            return Overview.Stage(
                name: crew.plan.name, ready: standing?.ready ?? 0, running: standing?.running ?? 0,
                replicas: crew.wanted, trouble: crew.trouble, holds: holds.holds(at: crew.index))
        }
    }

    private var needsCommit: Bool {
        let now = monotonicNanoseconds()
        guard ledgerWait.mayAsk(now: now) else { return false }
        if hasToBook { return true }
        guard asked == 0 else { return false }
        let mayRestart = engine.crews.contains { $0.restart(after: committedAt).map { $0 <= now } ?? false }
        return isDue || mayRestart || nextDue?.hasCome(now) == true || holds.nextLook ?? .max <= now
    }

    private var hasToBook: Bool { !answers.isEmpty || !unbooked.isEmpty || requests?.hasSome == true }

    private func deadline(_ now: Int64) -> Int64 {
        let isWaiting = isCommitting || ledgerWait.isOn
        let tick = now + (isDue && !isWaiting ? 0 : 100_000_000)
        let look = asked == 0 ? holds.nextLook : nil
        return isWaiting ? tick : min(tick, nextDue?.at ?? tick, look ?? tick)
    }

    /// Hands what has come to the ledger, together with how much room there is.
    private func commit(_ now: Int64) throws(Failure) {
        // What a ledger that was full has still to book needs less room alone.
        let claims = asked == 0 && !(ledgerWait.isOn && hasToBook)
        let rooms = engine.crews.map { claims ? $0.room(now: now) : Room() }
        let batch = Batch(
            answers: answers.map { ($0.job, $0.answer) }, rooms: widened(limit(rooms, now)), lanes: lanes, token: token,
            requests: unbooked + (requests?.take() ?? []), ahead: plan.ahead(engine.crews), holds: holdChanges(now))
        holdsInCommit = batch.holds.count
        (inCommit, answers, unbooked) = ((answers, batch.requests), [], [])
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
        let booked = inCommit.answers
        guard let outcome = try outcome(of: result) else { return }
        // What was claimed may have been added since the last look: that is told first.
        if outcome.jobs.contains(where: { !$0.isEmpty }) { try orLater { () throws(Failure) in try tellCommands() } }
        (lanes, nextDue, lastOutcome) = (outcome.lanes, outcome.nextDue.map(Due.init), outcome)
        for (answered, fate) in zip(booked, outcome.fates) { tell(answered.record, answered.answer, fate.fate) }
        try orLater { () throws(Failure) in try plan.presence?.note(in: ledger) }
        for record in outcome.closed { tell(record, .final(record), .ended(.done)) }
        for addition in outcome.additions where addition.addition != .known {
            monitor.added(addition.request.record.id)
        }
        holds.told(holdsInCommit)
        isCountOld = true
        isDue = isDue || outcome.hasMoreToWake
        if isSpoolFull, !outcome.swept.isEmpty { (isDue, spoolLookedAt) = (true, 0) }
        // First, since one whose media went stale may be under way again with these jobs.
        if plan.fetching != nil { spool.sweep(outcome.swept) }
        for (index, claimed) in outcome.jobs.enumerated() where !claimed.isEmpty {
            let jobs = asked == 0 ? admissible(claimed, at: index) : claimed
            if asked == 0 {
                monitor.started(jobs, stage: engine.crews[index].plan.name)
                engine.give(jobs, to: engine.crews[index])
            } else {
                for job in jobs { answers.append((job, Record(kind: "track", id: job.id), .returned)) }
            }
        }
        take(outcome.probes, monotonicNanoseconds())
        spool.note(unused: outcome.freedArtwork)
    }

    func take(_ event: Engine.Event) throws(Failure) {
        switch event {
        case .answered(let job, let record, let answer):
            let weighed = weigh(job, answer)
            answers.append((job, record, weighed))
            if case .failed(let failure) = weighed {
                if failure.class == .config { engine.report(failure, of: engine.crews[job.stage]) }
                if failure.class == .throttled, let host = failure.host, let seconds = failure.retryAfter {
                    monitor.throttled(host, seconds: seconds, isKnown: failure.code == "paused")
                    try orLater { () throws(Failure) in try hosts.pause(host: host, seconds: seconds) }
                }
            }
        case .trouble(let crew, let failure):
            monitor.trouble(crew.plan.name, failure)
            try note(trouble: failure.message, of: crew)
        case .wentOn(let crew):
            monitor.say("the stage \(crew.plan.name) goes on")
            try note(trouble: nil, of: crew)
        case .shortage(let crew, let failure):
            let count = "\(crew.replicas.count) of its \(crew.wanted) replicas"
            monitor.say("the stage \(crew.plan.name) has \(count): \(failure.message)")
        case .note(let crew, let replica, let text):
            // What it says while it looks is what it stands still for, again and again.
            if crew.standstill?.hasLooked != true { monitor.note(crew.plan.name, replica.number, text) }
        }
    }
}
