/// How long to rest after each piece of a body to keep to a number of bytes a second; time is passed in.
///
/// libcurl's own limit lets a hundred buffers through before it checks the clock.
struct SpeedLimit {
    /// Bytes a second.
    let rate: Int
    /// When everything received so far was due, in seconds of any clock.
    private var dueAt = 0.0

    init(rate: Int) { self.rate = rate }

    /// Seconds to rest after a piece; time that was lost is not made up for.
    mutating func rest(after bytes: Int, now: Double) -> Double {
        dueAt = max(dueAt, now) + Double(bytes) / Double(rate)
        return dueAt - now
    }

    /// The bytes of a buffer that takes a quarter of a second to fill, so that rests are short.
    static func bufferSize(rate: Int?) -> Int { max(1024, min(524_288, (rate ?? .max) / 4)) }
}
