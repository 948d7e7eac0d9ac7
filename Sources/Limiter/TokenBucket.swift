/// How many requests a host may get now, and when the next one; time is passed in, as seconds since 1970.
///
/// A new bucket has rested for ever and so is full: it holds the requests of one second.
struct TokenBucket: Equatable {
    var tokens = 0.0
    /// When the tokens were counted.
    var countedAt = 0.0
    /// No request before this time, unless it is so far away that a clock must have gone wrong.
    var pausedUntil = 0.0

    /// Seconds that a host is left alone at most.
    static let longestPause = 7 * 86_400.0

    /// Takes a token, or says how many seconds to wait before asking again.
    ///
    /// `rate` is requests a second; nil asks without a limit and takes no token.
    mutating func take(rate: Double?, now: Double) -> Double {
        let pause = pauseLeft(now: now)
        if pause > 0 { return pause }
        guard let rate, rate > 0 else { return 0 }
        // A clock that was set back must not freeze the bucket.
        tokens = min(max(1, rate), tokens + max(0, now - countedAt) * rate)
        countedAt = now
        guard tokens < 1 else {
            tokens -= 1
            return 0
        }
        return (1 - tokens) / rate
    }

    /// Seconds until the host may be asked again; 0 when no pause is on.
    func pauseLeft(now: Double) -> Double {
        let left = pausedUntil - now
        return left > Self.longestPause ? 0 : max(0, left)
    }

    /// Lets nobody ask for some seconds; a longer pause that runs already stays.
    mutating func pause(seconds: Double, now: Double) {
        let until = now + min(seconds, Self.longestPause)
        if until > pausedUntil || pausedUntil - now > Self.longestPause { pausedUntil = until }
    }
}
