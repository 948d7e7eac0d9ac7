import Wire

/// Hosts that want to be left alone: each pause is told of once, and at its end how many records waited for it.
struct AskedPauses {
    private var pauses: [String: (end: Int64, count: Int)] = [:]

    /// A record that a pause of so many seconds holds up, `now` in monotonic nanoseconds. True for the first one of it.
    ///
    /// `isKnown` where nobody asked the host, since its pause was known.
    mutating func note(_ host: String, seconds: Int, isKnown: Bool, now: Int64) -> Bool {
        let end = now + Int64(seconds) * 1_000_000_000
        guard let pause = pauses[host], now < pause.end else {
            pauses[host] = (end, 1 + (pauses[host]?.count ?? 0))
            return true
        }
        pauses[host] = (isKnown ? pause.end : max(end, pause.end), pause.count + 1)
        return false
    }

    /// Takes those that are over, or with no `now` all of them, with their counts.
    mutating func takeOver(now: Int64? = nil) -> [(host: String, count: Int)] {
        let over = pauses.filter { pause in now.map { $0 >= pause.value.end } ?? true }.keys.sorted()
        return over.compactMap { host in pauses.removeValue(forKey: host).map { (host, $0.count) } }
    }
}
