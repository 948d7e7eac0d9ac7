import Wire

/// A pause of a host, during which nobody may ask it.
package struct Pause: Equatable, Sendable {
    package let host: String
    /// When it ends, in seconds since 1970.
    package let until: Double

    package init(host: String, until: Double) { (self.host, self.until) = (host, until) }
}

extension Pause {
    /// Reads a host's file; nil when no pause is in force.
    init?(text: [UInt8], now: Double, uptime: Uptime? = nil) {
        let bucket = TokenBucket(text: text)
        let left = bucket.pauseLeft(now: now, uptime: uptime)
        guard left > 0, let host = TokenBucket.host(in: text) else { return nil }
        // The same time at each reading, unless the clock was set since.
        let until = abs(now + left - bucket.pausedUntil) < 1 ? bucket.pausedUntil : (now + left).rounded()
        (self.host, self.until) = (host, until)
    }
}
