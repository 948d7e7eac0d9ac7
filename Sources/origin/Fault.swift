/// Something that the server does wrong on purpose.
struct Fault: Equatable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case throttle, unavailable, error, truncate, reset, stall, page, expired, quota, gone
        case wrongByte = "wrong_byte"
        case ignoreRange = "ignore_range"
    }

    let kind: Kind
    /// A track, or nil for each.
    let song: Int?
    /// How many requests for a track it spoils.
    let tries: Int
    /// Seconds that the client is told to wait.
    let retryAfter: Int?
}
