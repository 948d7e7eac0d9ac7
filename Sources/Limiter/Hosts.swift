import Glibc
import Wire

/// The limiter: a slot is taken from it before every request, and a pause of a host holds for everyone who shares it.
///
/// With a folder, each host has one small file there, locked while it is read and written, so that all processes and
/// later runs share its state; without one, the state is this process's own.
package final class Hosts {
    private let folder: String?
    private let ownRate: Double?
    private let wait: (Double) throws(Failure) -> Void
    private var own: [String: TokenBucket] = [:]

    /// A pause with more seconds left than this is told at once instead of waited for.
    private static let patience = 60.0

    /// Seconds that a host is left alone at most.
    package static let longestPause = TokenBucket.longestPause

    /// `defaultRate` is requests a second for a host that no driver sets a rate for; `wait` sleeps for some seconds.
    package init(folder: String?, defaultRate: Double?, wait: @escaping (Double) throws(Failure) -> Void) {
        self.folder = folder == "" ? nil : folder
        (ownRate, self.wait) = (defaultRate, wait)
    }

    /// Returns when the host may be asked; throws `throttled` when that is too far off to wait for.
    package func takeSlot(host: String) throws(Failure) {
        while true {
            let seconds = try change(host) { bucket, now in bucket.take(ownRate: ownRate, now: now) }
            guard seconds > 0 else { return }
            guard seconds <= Self.patience else {
                throw .throttled("paused", "the host is paused", host: host, retryAfter: Int(seconds.rounded(.up)))
            }
            try wait(seconds)
        }
    }

    /// Lets nobody ask the host for some seconds.
    package func pause(host: String, seconds: Int) throws(Failure) {
        try change(host) { bucket, now in
            bucket.pause(seconds: Double(seconds), now: now)
            return
        }
    }

    @discardableResult
    private func change<Result>(
        _ host: String, _ body: (inout TokenBucket, Double) -> Result
    ) throws(Failure) -> Result {
        guard let folder else {
            let now = secondsSince1970()
            return body(&own[host, default: TokenBucket()], now)
        }
        let file = try HostFile(at: "\(folder)/\(Self.fileName(host))")
        let now = secondsSince1970()
        let before = TokenBucket(text: try file.read())
        var bucket = before
        let result = body(&bucket, now)
        if bucket != before { try file.write(bucket.text) }
        return result
    }

    /// A host, perhaps with its port, as a file name: letters, digits, `.`, `-`, and `_` for the rest.
    private static func fileName(_ host: String) -> String {
        let safe = host.lowercased().utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): byte
            case UInt8(ascii: "."): byte
            default: UInt8(ascii: "_")
            }
        }
        return "host-" + String(decoding: safe.prefix(200), as: UTF8.self)
    }
}

/// Seconds since 1970, with their fraction.
package func secondsSince1970() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
