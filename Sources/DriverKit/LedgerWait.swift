import Wire

/// Waits for a ledger that takes nothing now, because its disk is full or another program has locked it.
struct LedgerWait {
    /// Why it is waited for.
    private(set) var failure: Failure?
    private var askAt: Int64 = 0
    private var delay: Int64 = 0

    /// Nanoseconds before the first try, and at most before any.
    private static let firstDelay: Int64 = 1_000_000_000
    private static let longestDelay: Int64 = 30_000_000_000

    /// Whether the ledger itself is sound, and will take later what it does not take now.
    static func mayPass(_ failure: Failure) -> Bool { ["disk_full", "ledger_busy"].contains(failure.code) }

    var isOn: Bool { failure != nil }

    /// Whether it is time to ask it again, `now` in monotonic nanoseconds.
    func mayAsk(now: Int64) -> Bool { now >= askAt }

    /// Waits, longer after each failed try. True the first time.
    mutating func begin(_ failure: Failure, now: Int64) -> Bool {
        defer { self.failure = failure }
        delay = isOn ? min(delay * 2, Self.longestDelay) : Self.firstDelay
        askAt = now + delay
        return !isOn
    }

    /// The ledger took something. True when it had been waited for.
    mutating func end() -> Bool {
        defer { (failure, askAt) = (nil, 0) }
        return isOn
    }
}
