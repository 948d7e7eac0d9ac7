/// How many requests a host may get now, and when it may get the next; time is passed in, as seconds since 1970.
///
/// A new bucket is full: it holds the requests of one second.
struct TokenBucket: Equatable {
    var tokens = 0.0
    /// When the tokens were counted.
    var countedAt = 0.0
    /// No request before this time, unless it is so far away that a clock must be wrong.
    var pausedUntil = 0.0
    /// How that pause was asked for, where the asking program says.
    var asked: AskedPause? = nil

    /// The longest pause of a host, in seconds.
    static let longestPause = 7 * 86_400.0

    /// Takes a token, or says how many seconds to wait before asking again.
    ///
    /// `rate` is requests a second; nil asks without a limit and takes no token.
    mutating func take(rate: Double?, now: Double, uptime: Uptime? = nil) -> Double {
        let pause = pauseLeft(now: now, uptime: uptime)
        if pause > 0 { return pause }
        guard let rate, rate > 0 else { return 0 }
        // A clock that is set back must not freeze the bucket.
        tokens = min(max(1, rate), tokens + max(0, now - countedAt) * rate)
        countedAt = now
        guard tokens < 1 else {
            tokens -= 1
            return 0
        }
        return (1 - tokens) / rate
    }

    /// Seconds until the host may be asked again; 0 when no pause is in force.
    func pauseLeft(now: Double, uptime: Uptime? = nil) -> Double {
        let isAsked = asked?.isPause(until: pausedUntil) == true
        let left = isAsked ? asked?.left(now: now, uptime: uptime) ?? 0 : pausedUntil - now
        return left > Self.longestPause ? 0 : max(0, left)
    }

    /// The stricter of both: with fewer tokens, and with the pause that ends later.
    func joined(with other: TokenBucket) -> TokenBucket {
        var joined = countedAt > other.countedAt ? self : other
        joined.tokens = min(tokens, other.tokens)
        let later = pausedUntil > other.pausedUntil ? self : other
        (joined.pausedUntil, joined.asked) = (later.pausedUntil, later.asked)
        return joined
    }

    /// Pauses the host for some seconds; a longer pause that is already in force stays.
    mutating func pause(seconds: Double, now: Double, uptime: Uptime? = nil) {
        let seconds = min(seconds, Self.longestPause)
        guard seconds > pauseLeft(now: now, uptime: uptime) else { return }
        let end = uptime.map { Uptime(start: $0.start, seconds: $0.seconds + seconds) }
        (pausedUntil, asked) = (now + seconds, AskedPause(at: now, seconds: seconds, end: end))
    }
}
