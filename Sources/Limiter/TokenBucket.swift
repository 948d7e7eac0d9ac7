/// How many requests a host may get now, and when the next one; time is passed in, as seconds since 1970.
///
/// A new bucket has rested for ever and so is full.
struct TokenBucket: Equatable {
    /// Requests a second that a driver set for everyone; nil leaves the rate to whoever asks.
    var rate: Double?
    /// Requests that may come at once after a rest; nil for those of one second.
    var burst: Double?
    var tokens = 0.0
    /// When the tokens were counted.
    var countedAt = 0.0
    /// No request before this time, unless it is so far away that a clock must have gone wrong.
    var pausedUntil = 0.0

    /// Seconds that a host is left alone at most.
    static let longestPause = 7 * 86_400.0

    /// Takes a token, or says how many seconds to wait before asking again.
    ///
    /// `ownRate` is the asker's and holds where none is set for everyone; nil asks without a limit and takes no token.
    mutating func take(ownRate: Double?, now: Double) -> Double {
        if now < pausedUntil, pausedUntil - now <= Self.longestPause { return pausedUntil - now }
        guard let pace = rate ?? ownRate, pace > 0 else { return 0 }
        let size = max(1, rate == nil ? pace : burst ?? pace)
        // A clock that was set back must not freeze the bucket.
        tokens = min(size, tokens + max(0, now - countedAt) * pace)
        countedAt = now
        guard tokens < 1 else {
            tokens -= 1
            return 0
        }
        return (1 - tokens) / pace
    }

    /// Lets nobody ask for some seconds; a longer pause that runs already stays.
    mutating func pause(seconds: Double, now: Double) {
        let until = now + min(seconds, Self.longestPause)
        if until > pausedUntil || pausedUntil - now > Self.longestPause { pausedUntil = until }
    }
}
