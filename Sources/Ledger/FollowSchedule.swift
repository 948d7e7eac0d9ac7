import Files

/// When a followed list is asked for again; all times are in milliseconds.
struct FollowSchedule {
    private let every: Int64
    /// How much earlier than after `every` it is due where many lists were asked for at once: up to a tenth of that,
    /// always the same for one list.
    private let lead: Int64

    /// The least interval.
    static let least: Int64 = 300_000
    private static let day: Int64 = 86_400_000
    private static let most = 3660 * day

    init(id: String, every: Int64) {
        let every = min(max(every, Self.least), Self.most)
        self.every = every
        let hash = UInt32(SHA256.of(id).prefix(8), radix: 16) ?? 0
        lead = Int64(Double(every / 10) * Double(hash) / Double(UInt32.max))
    }

    /// When it is due next, `now` being when it is asked for although or because it was due at `due`.
    ///
    /// The plan does not drift. What was missed is made up for once, and the plan begins anew from there.
    func next(due: Int64, isByHand: Bool, now: Int64) -> Int64 {
        let isOnTime = !isByHand && due <= now && now - due <= every / 10
        return isOnTime ? due + every : now + every - lead
    }

    /// When one is tried again that failed so often in a row: after twice as long each time, at most after a day.
    func retry(failures: Int, now: Int64) -> Int64 {
        let doubled = Double(every - lead) * Double(1 << min(max(failures - 1, 0), 30))
        return now + Int64(min(doubled, Double(Self.day)))
    }
}
