import Ledger
import Wire

/// A stage that takes nothing more: why, and when it looks by itself whether it can go on.
///
/// Each look is one record in a process of its own: what the old ones hold, a folder that is gone say, is not believed.
struct Standstill {
    private(set) var failure: Failure
    /// The replica that looks now.
    private(set) var scout: Replica?
    /// Whether there was a look; what replicas say from then on was said before.
    private(set) var hasLooked = false
    private var failedAt: Int64
    private var lookAt: Int64
    private(set) var delay: Int64

    /// Nanoseconds until the first look, and between two at most.
    static let firstDelay: Int64 = 5_000_000_000
    private static let longestDelay: Int64 = 300_000_000_000

    /// `now` is in monotonic nanoseconds.
    init(_ failure: Failure, now: Int64, delay: Int64 = firstDelay) {
        self.failure = failure
        (self.delay, failedAt, lookAt) = (min(delay, Self.longestDelay), now, now + min(delay, Self.longestDelay))
    }

    /// Whether time may mend it: not wrong arguments, and not what a host refuses.
    var looksAgain: Bool {
        failure.code == "broken" || failure.class == .config && failure.host == nil && failure.code != "usage"
    }

    /// One record while nobody looks, when it is time.
    func capacity(window: Int, now: Int64) -> Capacity {
        let mayLook = looksAgain && scout == nil && now >= lookAt
        return mayLook ? Capacity(records: 1, idle: 1, window: window) : Capacity(window: window)
    }

    /// When the next look is, if that is later than `now`.
    func look(after now: Int64) -> Int64? { looksAgain && scout == nil && lookAt > now ? lookAt : nil }

    mutating func begin(with replica: Replica) { (scout, hasLooked) = (replica, true) }

    /// The look told nothing: the next record may try at once.
    mutating func lookOn(now: Int64) { (scout, lookAt) = (nil, now) }

    /// The look was in vain: the next one waits for twice as long.
    mutating func lookLater(now: Int64) {
        delay = min(delay * 2, Self.longestDelay)
        (scout, failedAt, lookAt) = (nil, now, now + delay)
    }

    /// Looks once more before all ends, unless the last look was just now.
    mutating func lookAtLast(now: Int64) -> Bool {
        guard looksAgain, scout == nil, now - failedAt >= Self.firstDelay else { return false }
        (failedAt, lookAt) = (now, now)
        return true
    }

    /// Takes the newest reason; true when it is another than before.
    mutating func isNews(_ other: Failure) -> Bool {
        defer { failure = other }
        return other.code != failure.code
    }
}

extension WorkerPool {
    /// Why it takes nothing more.
    var trouble: Failure? { standstill?.failure }

    /// Stands still from now on; the replicas finish what they have. True when nobody knows of it yet.
    func stand(still failure: Failure, now: Int64) -> Bool {
        guard standstill == nil else { return standstill?.isNews(failure) == true }
        // One that was halted a moment ago does not go back and forth every few seconds.
        let isAgain = wentOnAt.map { now - $0 < Self.settledAfter } ?? false
        standstill = Standstill(failure, now: now, delay: isAgain ? 2 * lastDelay : Standstill.firstDelay)
        retireAll()
        return true
    }

    /// Takes what the record came to with which the stage looks. True when the stage goes on.
    func looked(_ answer: Answer, by replica: Replica, now: Int64) -> Bool {
        guard let scout = standstill?.scout, scout === replica else { return false }
        switch answer {
        case .final, .member:
            (wentOnAt, lastDelay) = (now, standstill?.delay ?? 0)
            standstill = nil
            return true
        // A host that refuses is reached by a stage that works.
        case .failed(let failure) where failure.class == .config && !failure.isRefusal: lookLater(now: now)
        // Nothing is known yet of what it is halted for.
        case .failed, .held, .returned, .lost: standstill?.lookOn(now: now)
        }
        return false
    }

    /// A look was in vain.
    func lookLater(now: Int64) {
        standstill?.lookLater(now: now)
        retireAll()
    }

    private func retireAll() { for replica in replicas { replica.retire() } }

    /// What held it up is set right: it starts anew, with new processes.
    func revive() {
        standstill = nil
        forgetFailedStarts()
        retireAll()
    }

    /// How long it has to go on before a standstill is a new one, in nanoseconds.
    private static let settledAfter: Int64 = 60_000_000_000
}
