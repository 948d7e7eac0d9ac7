import Wire

/// A host that nobody may ask for now.
package struct Pause: Equatable, Sendable {
    package let host: String
    /// When it ends, in seconds since 1970.
    package let until: Double

    package init(host: String, until: Double) { (self.host, self.until) = (host, until) }
}

extension Pause {
    /// Reads a host's file; nil when no pause is on.
    init?(text: [UInt8], now: Double) {
        let bucket = TokenBucket(text: text)
        guard bucket.pauseLeft(now: now) > 0, let host = TokenBucket.host(in: text) else { return nil }
        (self.host, until) = (host, bucket.pausedUntil)
    }
}
