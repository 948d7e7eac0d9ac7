import Ledger
import Wire

extension Driver {
    /// What an answer means for what its item needs: a refusal holds back all that needs the same, and costs no try.
    ///
    /// `time` is when the stage got to it and when it answered, in monotonic nanoseconds.
    func weigh(_ job: Job, _ answer: Answer, _ time: ClosedRange<Int64>) -> Answer {
        let now = monotonicNanoseconds()
        switch answer {
        case .failed(let failure) where failure.isRefusal:
            let key = key(of: job)
            guard
                let (hold, news) = holds.refused(
                    job.item, key, failure, now: now, refusedAt: time.upperBound, wasOpen: admissions.have(key))
            else {
                let message = "\(failure.message); others are let in there"
                return .failed(.permanent(failure.code, message, host: failure.host))
            }
            if let news { tell(news) }
            return .held(failure, need: key.need, until: Self.time(of: hold, now))
        case .final(let record) where ["track", "done"].contains(record.kind):
            admissions.note(job)
            let news = holds.isIdle ? nil : holds.admitted(job.item, key(of: job), begunAt: time.lowerBound)
            if let news { tell(news) }
        case .member:
            let news = holds.isIdle ? nil : holds.admitted(job.item, key(of: job), begunAt: time.lowerBound)
            if let news { tell(news) }
        case .final where !holds.isIdle: holds.missed(job.item, key(of: job), now: now)
        case .failed(let failure) where !holds.isIdle:
            holds.missed(job.item, key(of: job), now: now, isOwnEnd: failure.class == .permanent)
        case .lost where !holds.isIdle, .returned where !holds.isIdle:
            holds.missed(job.item, key(of: job), now: now, isOwnEnd: false)
        case .final, .failed, .lost, .returned, .held: break
        }
        return answer
    }

    /// The jobs that may go to their stage now; the others go back, to wait for what they need.
    func admissible(_ jobs: [Job], at stage: Int) -> [Job] {
        guard !holds.holds(at: stage).isEmpty else { return jobs }
        let now = monotonicNanoseconds()
        let free = jobs.filter { job in
            guard !job.isTelling, let record = job.record else { return true }
            let key = Holds.Key(stage: stage, need: record.need)
            guard let hold = holds.refusal(of: job.item, key, now: now) else { return true }
            let held = Answer.held(hold.failure, need: key.need, until: Self.time(of: hold, now))
            booking.add((job, record, held), now: now)
            return false
        }
        let capacity = engine.pools[stage].capacity(now: now).records
        for job in free.dropFirst(capacity) { giveBack(job) }
        return Array(free.prefix(capacity))
    }

    /// A stage that holds something back is offered more than it has capacity for, so that what may pass is found soon.
    func widened(_ capacities: [Capacity]) -> [Capacity] {
        var capacities = capacities
        for stage in capacities.indices where capacities[stage].records > 0 && !holds.holds(at: stage).isEmpty {
            capacities[stage].records += Self.mostSorted
        }
        return capacities
    }

    private static let mostSorted = 512

    /// What the ledger has to be told about holds.
    func holdChanges(_ now: Int64) -> [Holds.Change] {
        holds.look(now: now) { item in
            engine.pools.contains { $0.replicas.contains { $0.inFlight.values.contains { $0.job.item == item } } }
        }
        return holds.changes
    }

    /// Notes which items the ledger chose to try with.
    func noteProbes(_ probes: [(key: Holds.Key, item: Int64?)], _ now: Int64) {
        for (key, item) in probes {
            let isInHand = engine.pools[key.stage].replicas.contains { replica in
                replica.inFlight.values.contains { self.key(of: $0.job) == key }
            }
            let isMoreToCome = isInHand || lastOutcome.standing[key.stage].ready > 0
            holds.looks(with: item, key, now: now, isMoreToCome: isMoreToCome)
        }
    }

    /// How many items wait at each stage for another reason than a hold.
    func standingApartFromHolds() throws(Failure) -> [Standing] {
        var standing = lastOutcome.standing
        guard !holds.isEmpty, let held = try orLater({ () throws(Failure) in try ledger.held() }) else {
            return standing
        }
        for one in held {
            guard let index = engine.pools.firstIndex(where: { $0.plan.name == one.stage }) else { continue }
            standing[index].waiting -= one.count
        }
        return standing
    }

    /// Says at the end what is left because something that it needs was refused; true when anything is.
    func tellHolds() throws(Failure) -> Bool {
        let held = try ledger.held()
        for one in held {
            let why = engine.pools.firstIndex { $0.plan.name == one.stage }.flatMap {
                holds.holds[Holds.Key(stage: $0, need: one.need)]?.failure.message
            }
            let items = one.count == 1 ? "1 item waits" : "\(one.count) items wait"
            say("\(items) at the stage \(one.stage) for \(one.need)" + (why.map { ": \($0)" } ?? ""))
        }
        return !held.isEmpty
    }

    private func tell(_ news: Holds.News) {
        switch news {
        case .holds(let key, let failure):
            let stage = engine.pools[key.stage].plan.name
            say(
                "the stage \(stage) keeps back what needs \(key.need), and asks again by itself: \(failure.message)")
        case .goesOn(let key): say("the stage \(engine.pools[key.stage].plan.name) goes on with \(key.need)")
        }
    }

    private func key(of job: Job) -> Holds.Key { Holds.Key(stage: job.stage, need: job.record?.need ?? "") }

    /// When a hold is looked at next, in milliseconds since 1970.
    private static func time(of hold: Holds.Hold, _ now: Int64) -> Int64 {
        millisecondsSince1970() + max(0, hold.lookAt - now) / 1_000_000
    }
}

extension Failure {
    /// Whether a host refuses the credentials, as it would for all others too.
    var isRefusal: Bool { self.class == .config && host != nil }
}
