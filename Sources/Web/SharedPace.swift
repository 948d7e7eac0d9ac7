import Glibc
import Synchronization
import Wire

/// A speed limit that all transfers of a process keep to together.
package final class SharedPace: Sendable {
    private let limit: Mutex<SpeedLimit>
    /// Bytes a second for each transfer when all are under way.
    let share: Int

    /// `rate` is in bytes a second.
    package init(rate: Int, transfers: Int) {
        limit = Mutex(SpeedLimit(rate: rate))
        share = max(1, rate / transfers)
    }

    /// Rests as long as a piece of a body should have taken.
    func rest(after bytes: Int) {
        let seconds = limit.withLock { $0.rest(after: bytes, now: Double(monotonicNanoseconds()) / 1e9) }
        if seconds >= 0.001 { poll(nil, 0, Int32(min(seconds * 1000, 60_000))) }
    }
}
