import Wire

/// Pauses that hosts asked for: each is reported once, and when it is over, with how many records waited for it.
struct AskedPauses {
    private var pauses: [String: (end: Int64, count: Int)] = [:]

    /// Counts a record that a pause of `seconds` holds up, `now` in monotonic nanoseconds; true for a pause's first.
    ///
    /// With `isKnown` the host was not asked again, since its pause was already known.
    mutating func note(_ host: String, seconds: Int, isKnown: Bool, now: Int64) -> Bool {
        let end = now + Int64(seconds) * 1_000_000_000
        guard let pause = pauses[host], now < pause.end else {
            pauses[host] = (end, 1 + (pauses[host]?.count ?? 0))
            return true
        }
        pauses[host] = (isKnown ? pause.end : max(end, pause.end), pause.count + 1)
        return false
    }

    /// Removes and returns the pauses that are over, or all of them without `now`, with their counts.
    mutating func takeOver(now: Int64? = nil) -> [(host: String, count: Int)] {
        let over = pauses.filter { pause in now.map { $0 >= pause.value.end } ?? true }.keys.sorted()
        return over.compactMap { host in pauses.removeValue(forKey: host).map { (host, $0.count) } }
    }
}
