import Glibc

/// Milliseconds since 1970.
func milliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// A time that is waited for: by the clock that people set, and for no longer than it was away when it was written down.
struct Due {
    /// In milliseconds since 1970.
    private let time: Int64
    /// In monotonic nanoseconds.
    let at: Int64

    init(_ time: Int64) {
        self.time = time
        at = monotonicNanoseconds() + max(0, min(time - milliseconds(), Int64.max / 2_000_000)) * 1_000_000
    }

    func hasCome(_ now: Int64) -> Bool { at <= now || time <= milliseconds() }
}
