/// Sees that something is done now and then, and not more often.
struct Interval {
    private let nanoseconds: Int64
    private var last: Int64 = .min

    init(seconds: Double) { nanoseconds = Int64(seconds * 1e9) }

    /// Whether it is over, `now` in monotonic nanoseconds; then the next one begins.
    mutating func isOver(now: Int64) -> Bool {
        guard last == .min || now - last > nanoseconds else { return false }
        last = now
        return true
    }

    /// It is over at the next look.
    mutating func end() { last = .min }
}
