/// How long to rest after each piece of a body so that no more than some bytes a second come; time is passed in.
///
/// libcurl's own limit lets a hundred buffers through before it looks at the clock.
struct SpeedLimit {
    /// Bytes a second.
    let rate: Int
    /// When all that came so far may have come, in seconds of any clock.
    private var dueAt = 0.0

    init(rate: Int) { self.rate = rate }

    /// Seconds to rest after a piece; time that was lost is not made up for.
    mutating func rest(after bytes: Int, now: Double) -> Double {
        dueAt = max(dueAt, now) + Double(bytes) / Double(rate)
        return dueAt - now
    }

    /// A buffer that takes a quarter of a second to fill, so that rests are short.
    static func bufferSize(rate: Int?) -> Int { max(1024, min(524_288, (rate ?? .max) / 4)) }
}
