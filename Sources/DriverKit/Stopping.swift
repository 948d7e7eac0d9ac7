import Glibc

/// How often a driver was told to stop, and which signal its replicas get for it.
struct Stopping {
    private var requests = 0
    /// When the grace for records in hand ends, in monotonic nanoseconds.
    private var graceEnd: Int64 = 0
    private var hasTerminated = false

    /// Nanoseconds that replicas get to end by themselves.
    static let patience: Int64 = 5_000_000_000

    var isAsked: Bool { requests > 0 }
    /// Whether it was told more than once, and so waits for nothing.
    var isUrgent: Bool { requests > 1 }

    /// Notes that it was told to stop, with `grace` in seconds. Returns how often it was told so far.
    mutating func ask(now: Int64, grace: Double) -> Int {
        requests += 1
        if requests == 1 { graceEnd = now + Int64(grace * 1e9) }
        return requests
    }

    /// The signal to send to replicas now: SIGTERM once, after the grace, and later SIGKILL.
    mutating func signal(now: Int64) -> Int32? {
        guard isAsked, now > graceEnd else { return nil }
        if now > graceEnd + Self.patience { return SIGKILL }
        defer { hasTerminated = true }
        return hasTerminated ? nil : SIGTERM
    }
}
