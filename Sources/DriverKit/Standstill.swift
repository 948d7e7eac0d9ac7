import Ledger
import Wire

/// A halted stage: why, and when it next tries by itself whether it can work again.
///
/// Each trial is one record in a new process: what the old ones hold, such as a folder that is gone, is not trusted.
struct Standstill {
    private(set) var failure: Failure
    /// The replica with the trial record.
    private(set) var scout: Replica?
    /// Whether there was a trial; what replicas say from then on was said before.
    private(set) var hasLooked = false
    private var failedAt: Int64
    private var lookAt: Int64
    private(set) var delay: Int64

    /// Nanoseconds until the first trial, and the most between two.
    static let firstDelay: Int64 = 5_000_000_000
    private static let longestDelay: Int64 = 300_000_000_000

    /// `now` is in monotonic nanoseconds.
    init(_ failure: Failure, now: Int64, delay: Int64 = firstDelay) {
        self.failure = failure
        (self.delay, failedAt, lookAt) = (min(delay, Self.longestDelay), now, now + min(delay, Self.longestDelay))
    }

    /// Whether it may pass with time: wrong arguments and what a host refuses do not.
    var looksAgain: Bool {
        failure.code == "broken" || failure.class == .config && failure.host == nil && failure.code != "usage"
    }

    /// One record when a trial is due and none is under way.
    func capacity(window: Int, now: Int64) -> Capacity {
        let mayLook = looksAgain && scout == nil && now >= lookAt
        return mayLook ? Capacity(records: 1, idle: 1, window: window) : Capacity(window: window)
    }

    /// When the next trial is, if that is later than `now`.
    func look(after now: Int64) -> Int64? { looksAgain && scout == nil && lookAt > now ? lookAt : nil }

    mutating func begin(with replica: Replica) { (scout, hasLooked) = (replica, true) }

    /// The trial told nothing: the next record may try at once.
    mutating func lookOn(now: Int64) { (scout, lookAt) = (nil, now) }

    /// The trial failed: the next one waits twice as long.
    mutating func lookLater(now: Int64) {
        delay = min(delay * 2, Self.longestDelay)
        (scout, failedAt, lookAt) = (nil, now, now + delay)
    }

    /// Tries once more before the driver ends, unless the last trial was just now.
    mutating func lookAtLast(now: Int64) -> Bool {
        guard looksAgain, scout == nil, now - failedAt >= Self.firstDelay else { return false }
        (failedAt, lookAt) = (now, now)
        return true
    }

    /// Notes the newest reason; true when it differs from the one before.
    mutating func isNews(_ other: Failure) -> Bool {
        defer { failure = other }
        return other.code != failure.code
    }
}

extension WorkerPool {
    /// Why it takes nothing more.
    var trouble: Failure? { standstill?.failure }

    /// Halts the stage; the replicas finish what they have. True when that is news.
    func stand(still failure: Failure, now: Int64) -> Bool {
        guard standstill == nil else { return standstill?.isNews(failure) == true }
        // One that was halted a moment ago must not flap every few seconds.
        let isAgain = wentOnAt.map { now - $0 < Self.settledAfter } ?? false
        standstill = Standstill(failure, now: now, delay: isAgain ? 2 * lastDelay : Standstill.firstDelay)
        retireAll()
        return true
    }

    /// Judges the outcome of the trial record. True when the stage works again.
    func looked(_ answer: Answer, by replica: Replica, now: Int64) -> Bool {
        guard let scout = standstill?.scout, scout === replica else { return false }
        switch answer {
        case .final, .member:
            (wentOnAt, lastDelay) = (now, standstill?.delay ?? 0)
            standstill = nil
            return true
        // A refusal by a host shows that the stage itself works.
        case .failed(let failure) where failure.class == .config && !failure.isRefusal: lookLater(now: now)
        // This says nothing about what it is halted for.
        case .failed, .held, .returned, .lost: standstill?.lookOn(now: now)
        }
        return false
    }

    /// A trial failed.
    func lookLater(now: Int64) {
        standstill?.lookLater(now: now)
        retireAll()
    }

    private func retireAll() { for replica in replicas { replica.retire() } }

    /// What halted it has been fixed: it starts over with new processes.
    func revive() {
        standstill = nil
        forgetFailedStarts()
        retireAll()
    }

    /// How long it has to work before a standstill counts as a new one, in nanoseconds.
    private static let settledAfter: Int64 = 60_000_000_000
}
