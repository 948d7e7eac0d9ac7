/// A fault that the server injects on purpose.
struct Fault: Equatable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case throttle, unavailable, error, truncate, reset, stall, page, expired, quota, gone
        case wrongByte = "wrong_byte"
        case ignoreRange = "ignore_range"
    }

    let kind: Kind
    /// The number of a track; nil for every track.
    let song: Int?
    /// How many requests of each track it affects.
    let tries: Int
    /// The Retry-After that the client gets, in seconds.
    let retryAfter: Int?
}
