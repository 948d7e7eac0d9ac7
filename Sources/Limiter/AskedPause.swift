import Files
import Glibc
import Wire

/// A pause as it was asked for: whatever happens to the clock, it never gets longer.
struct AskedPause: Equatable {
    /// When it began, in seconds since 1970, and how many seconds it lasts.
    var at: Double
    var seconds: Double
    /// When it ends by the clock since boot, where that is known.
    var end: Uptime?

    /// Whether it is the pause that ends at this time: a program that does not know it may have asked for another.
    func isPause(until time: Double) -> Bool { abs(at + seconds - time) < 0.001 }

    /// Seconds that are left, at most those that were asked for.
    ///
    /// After a reboot there is only the wall clock: a pause that begins later than now is over.
    func left(now: Double, uptime: Uptime?) -> Double {
        if let end, let uptime, end.start == uptime.start { return min(max(0, end.seconds - uptime.seconds), seconds) }
        return now < at ? 0 : max(0, at + seconds - now)
    }
}

/// A moment by the clock since boot, which runs on while the machine sleeps and cannot be set.
struct Uptime: Equatable {
    /// The id of the boot.
    var start: String
    var seconds: Double

    /// Nil where the kernel does not give a boot id.
    static var now: Uptime? {
        guard let bootID else { return nil }
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Uptime(start: bootID, seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }
}

extension AskedPause {
    /// Reads it from a host's file; nil when the file does not have it, as an older version wrote it.
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
