import Files
import Glibc
import Wire

/// A pause as it was asked for: whatever becomes of the clock, it is never longer than that.
struct AskedPause: Equatable {
    /// When it began, in seconds since 1970, and for how long it is.
    var at: Double
    var seconds: Double
    /// When it ends by the clock of the machine's start, where that is known.
    var end: Uptime?

    /// Whether it is the pause up to this time: who knows nothing of it may have asked for another one.
    func isPause(until time: Double) -> Bool { abs(at + seconds - time) < 0.001 }

    /// Seconds that are left, at most those that were asked for.
    ///
    /// After a new start of the machine there is only the clock that people set: a pause that begins later than now is over.
    func left(now: Double, uptime: Uptime?) -> Double {
        if let end, let uptime, end.start == uptime.start { return min(max(0, end.seconds - uptime.seconds), seconds) }
        return now < at ? 0 : max(0, at + seconds - now)
    }
}

/// A moment by the clock that runs from the machine's start, also while it sleeps, and that nobody sets.
struct Uptime: Equatable {
    /// Which start it was.
    var start: String
    var seconds: Double

    /// Nil where the kernel does not say which start it is.
    static var now: Uptime? {
        guard let bootID else { return nil }
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Uptime(start: bootID, seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}

extension AskedPause {
    /// Reads it from a host's file; nil when whoever wrote that knows nothing of it.
    init?(_ object: JSONObject) {
        guard let at = object["paused_at"]?.number, let seconds = object["pause_s"]?.number else { return nil }
        (self.at, self.seconds) = (at, seconds)
        if let start = object["boot"]?.string, let end = object["paused_until_boot"]?.number {
            self.end = Uptime(start: start, seconds: end)
        }
    }

    func write(to object: inout JSONObject) {
        object["paused_at"] = .number(at)
        object["pause_s"] = .number(seconds)
        object["boot"] = end.map { .string($0.start) }
        object["paused_until_boot"] = end.map { .number($0.seconds) }
    }
}
