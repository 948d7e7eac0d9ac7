import Glibc

/// How long a failed item waits, and how often it is tried.
package struct Backoff: Equatable, Sendable {
    /// Tries of one stage on one item, including the first.
    package var attempts: Int
    /// Seconds, doubled after each failure.
    package var base: Double
    /// The longest pause, in seconds.
    package var cap: Double

    package init(attempts: Int = 5, base: Double = 2, cap: Double = 900) {
        (self.attempts, self.base, self.cap) = (attempts, base, cap)
    }

    /// Seconds to wait after the `failures`th failure in a row: a random pause up to the doubled base, so that items that
    /// failed together are not all retried together.
    package func delay(failures: Int, random: (ClosedRange<Double>) -> Double = { .random(in: $0) }) -> Double {
        let doublings = Double(min(max(failures, 1), 60))
        return random(0...min(cap, base * exp2(doublings)))
    }
}
