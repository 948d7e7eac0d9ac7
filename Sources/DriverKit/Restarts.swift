/// When a stage whose replicas die may start the next one, and how many starts brought nothing.
struct Restarts {
    /// The earliest next start, in monotonic nanoseconds.
    private(set) var at: Int64 = 0
    /// Replicas in a row that ended without one answer.
    private(set) var inVain = 0
    private var delay = Restarts.firstDelay

    static let firstDelay: Int64 = 200_000_000
    static let longestDelay: Int64 = 30_000_000_000
    /// Starts without one answer after which a stage counts as broken.
    static let most = 5

    /// A replica has answered: the stage works.
    mutating func succeeded() { self = Restarts() }

    /// A replica died unasked; true when the stage counts as broken now. One that had answered was not started in vain,
    /// and a suspect that was alone is itself to blame: the next start waits for a moment only.
    mutating func died(wasOfUse: Bool, now: Int64) -> Bool {
        guard !wasOfUse else {
            at = max(at, now + Self.firstDelay)
            return false
        }
        wait(now)
        return isInVain()
    }

    /// No process could be started, which may pass; true when the stage counts as broken now.
    mutating func wasShort(hasReplicas: Bool, now: Int64) -> Bool {
        wait(now)
        return hasReplicas ? false : isInVain()
    }

    /// The wait doubles each time.
    private mutating func wait(_ now: Int64) {
        at = now + delay
        delay = min(delay * 2, Self.longestDelay)
    }

    private mutating func isInVain() -> Bool {
        inVain += 1
        return inVain >= Self.most
    }
}
