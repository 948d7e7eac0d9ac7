/// How fast a transfer must and may be.
struct Pace {
    /// Seconds without a byte.
    let stall: Double
    /// Bytes a second.
    let maximumRate: Int?
}
