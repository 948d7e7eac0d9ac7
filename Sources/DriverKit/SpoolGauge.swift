/// Whether the spool has reached its limit, measured now and then.
struct SpoolGauge {
    private(set) var isFull = false
    private var bytes = 0
    private var measuring = Interval(seconds: 0.5)

    /// Measures if it is time to, `now` in monotonic nanoseconds.
    mutating func look(now: Int64, limit: Int, measure: () -> Int) {
        if measuring.isOver(now: now) { bytes = measure() }
        isFull = bytes >= limit
    }

    /// Files were removed: measure at the next check.
    mutating func sawFilesGo() { measuring.end() }
}
