import Wire

/// Waits for a ledger that takes nothing now, since its disk is full or another program holds it.
struct LedgerWait {
    /// Why it is waited for.
    private(set) var failure: Failure?
    private var askAt: Int64 = 0
    private var delay: Int64 = 0

    /// Nanoseconds before the first try, and at most before any.
    private static let firstDelay: Int64 = 1_000_000_000
    private static let longestDelay: Int64 = 30_000_000_000

    /// Whether the ledger itself is whole, and will take later what it does not take now.
    static func mayPass(_ failure: Failure) -> Bool { ["disk_full", "ledger_busy"].contains(failure.code) }

    var isOn: Bool { failure != nil }

    /// Whether it is to be asked, `now` in monotonic nanoseconds.
    func mayAsk(now: Int64) -> Bool { now >= askAt }

    /// Waits, the longer the more often it was asked in vain. True for the first time.
    mutating func begin(_ failure: Failure, now: Int64) -> Bool {
        defer { self.failure = failure }
        delay = isOn ? min(delay * 2, Self.longestDelay) : Self.firstDelay
        askAt = now + delay
        return !isOn
    }

    /// It took something. True when it had been waited for.
    mutating func end() -> Bool {
        defer { (failure, askAt) = (nil, 0) }
        return isOn
    }
}
