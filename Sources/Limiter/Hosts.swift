import Files
import Glibc
import Wire

/// The limiter: a slot is taken from it before every request, and a host's pause applies to all that share it.
///
/// With a folder, each host has its small files there, locked while they are read and written, so that all processes
/// and later runs share its state; what has not changed since is not read again. Without one, the state is this
/// process's own.
///
/// - Throws: all methods throw `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used, or
///   `disk_full` (`config`).
package final class Hosts {
    let folder: String?
    private let ownRate: Double?
    let wait: (Double) throws(Failure) -> Void
    private let own: OwnHosts
    private var shared: [String: SharedHost] = [:]
    /// The limits that were read last, if a change of their file will show.
    private var limits: Limits?

    /// A pause with more seconds left than this is reported at once instead of waited for.
    private static let patience = 60.0

    /// The longest pause of a host, in seconds.
    package static let longestPause = TokenBucket.longestPause

    /// `defaultRate` is requests a second for a host that no driver sets a rate for; `own` is shared with others of this
    /// process; `wait` sleeps for some seconds.
    package init(
        folder: String?, defaultRate: Double?, own: OwnHosts = OwnHosts(),
        wait: @escaping (Double) throws(Failure) -> Void
    ) {
        self.folder = folder == "" ? nil : folder
        (ownRate, self.own, self.wait) = (defaultRate, own, wait)
    }

    /// Waits until the host may be asked, and returns the slot for one request.
    ///
    /// The slot is taken before the token of the rate, so that waiting for a slot spends no token. Between both `prepare`
    /// may wait for what else the request needs: a pause that begins meanwhile holds.
    ///
    /// - Throws: `paused` (`throttled`) when a pause is too long to wait for, what `wait` and `prepare` throw, and
    ///   `no_host_file`, `bad_limits` or `disk_full` (`config`) where the shared folder cannot be used.
    package func takeSlot(
        host: String, _ prepare: () throws(Failure) -> Void = { () throws(Failure) in }
    ) throws(Failure) -> Slot {
        var limit = try limit(of: host)
        let slot = try slot(host, &limit)
        try prepare()
        while true {
            let rate = limit?.rate ?? ownRate
            let seconds = try rate == nil ? pauseLeft(host) : change(host) { $0.take(rate: rate, now: $1, uptime: $2) }
            guard seconds > 0 else { return slot }
            try bear(seconds, host)
            try wait(seconds)
            limit = try self.limit(of: host)
        }
    }

    /// How many requests for parts of one file the host may get at once.
    ///
    /// - Throws: `no_host_file` or `bad_limits` (`config`) where the shared folder cannot be used.
    package func segments(of host: String) throws(Failure) -> Int { try limit(of: host)?.connections ?? 1 }

    /// The bytes a second of a host, or of all hosts together; nil for no limit.
    func bytes(of host: String) throws(Failure) -> Int? { try limit(of: host)?.bytes }

    /// Keeps everyone from asking the host for some seconds.
    package func pause(host: String, seconds: Int) throws(Failure) {
        try change(host) { $0.pause(seconds: Double(seconds), now: $1, uptime: $2) }
    }

    /// Waits for one of the host's slots; `limit` is what was found of it last.
    private func slot(_ host: String, _ limit: inout HostLimit?) throws(Failure) -> Slot {
        guard let slots = shared(host)?.slots else { return Slot() }
        // Where slots are free the turn is held for less than a millisecond.
        var rest = 0.005
        while limit?.parallel != nil {
            if let turn = try slots.turn() { return try slot(host, &limit, slots, turn) }
            try bear(try pauseLeft(host), host)
            try wait(.random(in: rest...3 * rest))
            rest = min(rest * 2, 0.02)
            limit = try self.limit(of: host)
        }
        return Slot()
    }

    /// Waits for a slot while holding the turn; only the holder polls often.
    private func slot(
        _ host: String, _ limit: inout HostLimit?, _ slots: Slots, _ turn: borrowing LockFile
    ) throws(Failure) -> Slot {
        var rest = 0.002
        while let most = limit?.parallel {
            if let slot = try slots.take(of: most, turn) { return slot }
            try bear(try pauseLeft(host), host)
            try wait(rest)
            rest = min(rest * 1.5, 0.02)
            limit = try self.limit(of: host)
        }
        return Slot()
    }

    private func limit(of host: String) throws(Failure) -> HostLimit? {
        guard let folder else { return nil }
        if let limits, limits.version == FileVersion(of: Limits.path(in: folder)) { return limits.limit(of: host) }
        let now = try Limits(in: folder)
        limits = now.version?.isSettled == true ? now : nil
        return now.limit(of: host)
    }

    private func shared(_ host: String) -> SharedHost? {
        guard let folder else { return nil }
        if let known = shared[host] { return known }
        let new = SharedHost(host, in: folder)
        shared[host] = new
        return new
    }

    /// Seconds until the host may be asked, whatever its rate.
    private func pauseLeft(_ host: String) throws(Failure) -> Double {
        guard !own.has(host), let shared = shared(host) else {
            return try change(host) { $0.pauseLeft(now: $1, uptime: $2) }
        }
        return try shared.bucket().pauseLeft(now: secondsSince1970(), uptime: .now)
    }

    private func bear(_ seconds: Double, _ host: String) throws(Failure) {
        guard seconds > Self.patience else { return }
        throw .throttled("paused", "the host is paused", host: host, retryAfter: Int(seconds.rounded(.up)))
    }

    @discardableResult
    private func change<Result: Sendable>(
        _ host: String, _ body: (inout TokenBucket, Double, Uptime?) -> Result
    ) throws(Failure) -> Result {
        guard let shared = shared(host) else { return own.change(host) { body(&$0, secondsSince1970(), .now) } }
        let file = try shared.file()
        let before = TokenBucket(text: try file.read())
        // What could not be written to the file is still known here.
        var bucket = own.remove(host).map { before.joined(with: $0) } ?? before
        let result = body(&bucket, secondsSince1970(), .now)
        guard bucket != before else { return result }
        do throws(Failure) {
            try file.write(bucket.text(host: host))
        } catch let error where error.code == "disk_full" {
            // On a full disk each process keeps the rate and the pauses that it knows of, as it does without a folder.
            own.keep(bucket, of: host)
        }
        return result
    }
}

/// Seconds since 1970, with a fraction.
package func secondsSince1970() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
