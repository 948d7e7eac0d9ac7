import Wire

/// A time that is waited for: by the clock that people set, and for no longer than it was away when it was written down.
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
