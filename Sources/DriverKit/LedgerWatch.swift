import Ledger
import Wire

/// What a driver has seen of the changes that other processes make in the ledger.
struct LedgerWatch {
    /// The version of the ledger at the last look.
    var version: Int64
    /// The last command of a user that was reported.
    var command: Int64
    /// The number of the last damaged file that was reported.
    var damage: Int64
    /// Whether somebody paused something while this driver ran, and so expects it to stay.
    var wasPaused = false
    private var looking = Interval(seconds: 0.02)

    init(_ ledger: Ledger) throws(Failure) {
        // First, so that what changes meanwhile is seen at the next look.
        version = try ledger.version()
        (command, damage) = (try ledger.lastCommand(), try ledger.lastDamage())
    }

    /// Whether it is time to look, `now` in monotonic nanoseconds.
    mutating func wantsLook(now: Int64) -> Bool { looking.isOver(now: now) }
}
