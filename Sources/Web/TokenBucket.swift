/// How many requests a host may get now, and when the next one; time is passed in, as seconds since 1970.
struct TokenBucket: Equatable {
    /// Requests a second; nil for no limit.
    var rate: Double?
    /// Requests that may come at once after a rest.
    var burst: Double
    var tokens: Double
    /// When the tokens were counted.
    var countedAt: Double
    /// No request before this time.
    var pausedUntil: Double

    init(rate: Double?, now: Double) {
        self.rate = rate
        burst = max(1, rate ?? 1)
        (tokens, countedAt, pausedUntil) = (burst, now, 0)
    }

    /// Takes a token, or says how many seconds to wait before asking again.
    mutating func take(now: Double) -> Double {
        if now < pausedUntil { return pausedUntil - now }
        guard let rate, rate > 0 else { return 0 }
        // A clock that was set back must not freeze the bucket.
        tokens = min(burst, tokens + max(0, now - countedAt) * rate)
        countedAt = now
        guard tokens < 1 else {
            tokens -= 1
            return 0
        }
        return (1 - tokens) / rate
    }

    /// Lets nobody ask for some seconds; a longer pause that runs already stays.
    mutating func pause(seconds: Double, now: Double) { pausedUntil = max(pausedUntil, now + seconds) }
}
