import CPosix
import Glibc
import Ledger
import Processes
import Wire

/// The replicas of one stage: how many there are, which of them gets the next record, when a new one is started.
final class WorkerPool {
    let index: Int
    var plan: StagePlan
    private(set) var replicas: [Replica] = []
    /// How many replicas there may be.
    private(set) var wanted: Int
    /// The largest exit status of a replica that had been told that no more comes.
    private(set) var worstStatus: Int32 = 0
    /// Set while the stage is halted.
    var standstill: Standstill?
    /// When it last began to work again, and how long it had waited for the trial before that.
    var wentOnAt: Int64?
    var lastDelay: Int64 = 0
    /// The last words of the last replica that died.
    var lastWords: [String] = []
    /// What was said of how it is granted what it seems to lack.
    var hints: Set<String> = []

    private var restarts = Restarts()
    private var serviceTime = ServiceTime()
    /// Whether it was reported that there are too few replicas.
    private var isShortTold = false

    init(index: Int, plan: StagePlan) { (self.index, self.plan, wanted) = (index, plan, plan.replicas) }

    /// The most records that one replica has in hand.
    var window: Int {
        guard let window = plan.window else { return serviceTime.window }
        return plan.startsSlowly && !serviceTime.isKnown ? 1 : window
    }

    /// How much it can take now.
    func capacity(now: Int64) -> Capacity {
        if let standstill { return standstill.capacity(window: window, now: now) }
        let open = plan.mode == .batch ? [] : replicas.filter { !$0.isRetiring && !$0.isExclusive }
        let unstarted =
            now >= restarts.at ? max(0, wanted - replicas.count { !$0.isRetiring || plan.mode == .batch }) : 0
        let free = open.reduce(0) { $0 + max(0, window - $1.inFlight.count) }
        let idle = open.count { $0.inFlight.isEmpty }
        return Capacity(records: free + unstarted * window, idle: idle + unstarted, window: window)
    }

    /// When the next replica may be started, if not now, in monotonic nanoseconds.
    func restart(after now: Int64) -> Int64? {
        if let standstill { return standstill.look(after: now) }
        return restarts.at > now ? restarts.at : nil
    }

    /// Whether a replica that has answered its whole batch keeps the next one waiting until it ends.
    var isLeaving: Bool { plan.mode == .batch && replicas.contains(where: \.inFlight.isEmpty) }

    /// Gives records to replicas, suspects first, since each needs a replica to itself. Returns what could not be given,
    /// and why when that has to be reported.
    func give(
        _ jobs: [(job: Job, record: Record)], now: Int64
    ) -> (pairs: [(job: Job, record: Record)], failure: Failure?) {
        var rest = (jobs.filter(\.job.alone) + jobs.filter { !$0.job.alone })[...]
        do throws(Failure) {
            admit(rest)
            while let first = rest.first {
                // What was claimed before the halt goes back.
                if let standstill, standstill.capacity(window: window, now: now).records == 0 { break }
                let count = plan.mode == .batch ? try giveBatch(rest, now) : 1
                if plan.mode != .batch {
                    let replica = try replica(for: first.job, now)
                    standstill?.begin(with: replica)
                    replica.give(first.job, record: first.record, now: now)
                }
                rest = rest.dropFirst(count)
            }
            return (Array(rest), nil)
        } catch {
            if standstill != nil { lookLater(now: now) }
            return (Array(rest), error.class == .config ? error : shortage(error, now))
        }
    }

    /// Lets replicas that start now read the files that these name; those that run were started before they were named.
    private func admit(_ jobs: ArraySlice<(job: Job, record: Record)>) {
        guard let named = plan.named else { return }
        for (_, record) in jobs { named.add(record) }
        for replica in replicas where replica.named < named.changes { replica.retire() }
    }

    /// A machine that is short of processes now may have some later: what to report of it, once.
    private func shortage(_ failure: Failure, _ now: Int64) -> Failure? {
        let isBroken = restarts.wasShort(hasReplicas: !replicas.isEmpty, now: now)
        guard replicas.isEmpty else {
            defer { isShortTold = true }
            return isShortTold ? nil : failure
        }
        return isBroken ? .config(failure.code, failure.message) : nil
    }

    private func giveBatch(_ jobs: ArraySlice<(job: Job, record: Record)>, _ now: Int64) throws(Failure) -> Int {
        let replica = try start(now)
        standstill?.begin(with: replica)
        let isAlone = jobs.first?.job.alone == true
        let batch = isAlone ? jobs.prefix(1) : jobs.prefix { !$0.job.alone }.prefix(window)
        for (job, record) in batch { replica.give(job, record: record, now: now) }
        replica.retire()
        return batch.count
    }

    private func replica(for job: Job, _ now: Int64) throws(Failure) -> Replica {
        let open = replicas.filter { !$0.isRetiring && !$0.isExclusive }
        if let least = open.min(by: { $0.inFlight.count < $1.inFlight.count }) {
            if least.inFlight.isEmpty { return least }
            if !job.alone, replicas.count(where: { !$0.isRetiring }) >= wanted { return least }
        }
        return try start(now)
    }

    private func start(_ now: Int64) throws(Failure) -> Replica {
        if let failure = plan.mayStart?() { throw failure }
        let taken = Set(replicas.map(\.number))
        let number = (1...).first { !taken.contains($0) } ?? 1
        let environment = plan.environment.merging(plan.moreEnvironment?() ?? [:]) { $1 }
        let child = try Child(plan.executable, environment: environment, jail: jail)
        let replica = Replica(number: number, child: child, jail: plan.jail, now: now)
        (replica.tries, replica.workers, replica.named) = (plan.tries, plan.workers, plan.named?.changes ?? 0)
        replicas.append(replica)
        return replica
    }

    /// What a replica that starts now is held to.
    private var jail: Jail? {
        var jail = plan.jail
        jail?.needs.reads += plan.named?.paths ?? []
        return jail
    }

    /// A replica has answered, after so many nanoseconds with the record: the stage works.
    func succeeded(after elapsed: Int64) {
        serviceTime.note(elapsed)
        forgetFailedStarts()
    }

    func forgetFailedStarts() { restarts.succeeded() }

    /// A replica has ended; one that did so unasked delays the next start, all the more if it never answered and no suspect
    /// that was alone is to blame.
    /// Returns why the stage counts as broken, if it does.
    func lost(_ replica: Replica, unasked: Bool, hadSuspect: Bool, now: Int64) -> Failure? {
        replicas.removeAll { $0 === replica }
        if replica.sentence == nil, case .exited(let status) = replica.child.ending {
            worstStatus = max(worstStatus, status)
        }
        if standstill?.scout === replica { lookLater(now: now) }
        if unasked { serviceTime.forget() }
        guard unasked, standstill == nil else { return nil }
        guard restarts.died(wasOfUse: hadSuspect || replica.hasAnswered, now: now) else { return nil }
        let words = replica.lastWords.map { "; the last that it said: \($0)" } ?? ""
        return .transient("broken", "it ended \(restarts.inVain) times without one answer\(words)")
    }

    /// Ends a replica that takes too long over a record.
    func judge(_ replica: Replica, now: Int64) {
        guard replica.sentence == nil, plan.timeout != nil || plan.stall != nil else { return }
        for (key, flight) in replica.inFlight {
            let since = plan.mode == .batch ? flight.since : replica.beginning(of: flight)
            if let timeout = plan.timeout, let since, Double(now - since) > timeout * 1e9 {
                replica.kill(.one(key, .transient("timeout", "no answer within \(Int(timeout)) s")))
            } else if let stall = plan.stall, let progress = flight.progressAt, Double(now - progress) > stall * 1e9 {
                replica.kill(.one(key, .transient("stalled", "no progress for \(Int(stall)) s")))
            }
        }
    }

    /// Changes how many replicas there are; those that are too many finish what they have.
    func scale(to count: Int) {
        wanted = count
        var surplus = replicas.count { !$0.isRetiring } - count
        for replica in replicas.sorted(by: { $0.inFlight.count < $1.inFlight.count })
        where surplus > 0 && !replica.isRetiring {
            replica.isRetiring = true
            if replica.inFlight.isEmpty { replica.retire() }
            surplus -= 1
        }
    }
}
