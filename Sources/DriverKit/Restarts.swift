/// When a stage whose replicas die may start the next one, and how often it started one in vain.
struct Restarts {
    /// Before then none is started, in monotonic nanoseconds.
    private(set) var at: Int64 = 0
    /// Replicas that ended in a row without one answer.
    private(set) var inVain = 0
    private var delay = Restarts.firstDelay

    static let firstDelay: Int64 = 200_000_000
    static let longestDelay: Int64 = 30_000_000_000
    /// Starts without one answer that make a stage a broken one.
    static let most = 5

    /// A replica has answered: the stage works.
    mutating func succeeded() { self = Restarts() }

    /// A replica died that nobody had asked to; true makes the stage a broken one. A suspect alone is to blame itself.
    mutating func died(hadSuspect: Bool, now: Int64) -> Bool {
        guard !hadSuspect else {
            at = now + Self.firstDelay
            return false
        }
        wait(now)
        return isInVain()
    }

    /// No process could be had, which may be better later; true makes the stage a broken one.
    mutating func wasShort(hasReplicas: Bool, now: Int64) -> Bool {
        wait(now)
        return hasReplicas ? false : isInVain()
    }

    /// Twice as long after each.
    private mutating func wait(_ now: Int64) {
        at = now + delay
        delay = min(delay * 2, Self.longestDelay)
    }

    private mutating func isInVain() -> Bool {
        inVain += 1
        return inVain >= Self.most
    }
}
