import Wire

/// A time to wait for: by the wall clock, but for no longer than was left when this value was made.
package struct Due {
    /// In milliseconds since 1970.
    private let time: Int64
    /// In monotonic nanoseconds.
    package let at: Int64

    package init(_ time: Int64) {
        self.time = time
        at = monotonicNanoseconds() + max(0, min(time - millisecondsSince1970(), Int64.max / 2_000_000)) * 1_000_000
    }

    package func hasCome(_ now: Int64) -> Bool { at <= now || time <= millisecondsSince1970() }
}
