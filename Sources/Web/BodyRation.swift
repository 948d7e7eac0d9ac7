import Limiter
import Wire

/// Keeps the body of one answer to the limits of bytes that hold for its host: what comes was asked for before.
package final class BodyRation {
    private let hosts: Hosts
    private let host: String
    /// How many bytes are asked for at a time; nil where no limit holds.
    private var atOnce: Int?
    /// How many bytes may come before more are asked for.
    private var left = 0
    /// When it was seen last what holds, in monotonic nanoseconds.
    private var seenAt: Int64 = 0

    /// How many bytes come, and how many nanoseconds pass, before it is seen that a limit holds by now.
    private static let (bytesUnlimited, timeUnlimited) = (1 << 18, 1_000_000_000 as Int64)

    /// Waits for the first bytes.
    init(_ hosts: Hosts, host: String) throws(Failure) {
        (self.hosts, self.host) = (hosts, host)
        try renew()
    }

    /// The bytes that may be read at once; nil for any number. So only few come beyond those that were asked for.
    var bufferBytes: Int? { atOnce.map { max(1024, $0 / 4) } }

    /// What a server may send ahead on one connection, the bytes of a sixteenth of a second: so much makes up for a road of
    /// that length. Nil for any number, also where the limit is a high one.
    var windowBytes: Int? { atOnce.flatMap { $0 < 1 << 18 ? max(32_768, 3 * $0) : nil } }

    /// Takes what came, and waits for the next bytes.
    func take(_ bytes: Int) throws(Failure) {
        left -= bytes
        let isStale = atOnce == nil && monotonicNanoseconds() - seenAt > Self.timeUnlimited
        if left <= 0 || isStale { try renew() }
    }

    /// Leaves to others what did not come.
    func end() {
        if atOnce != nil, left > 0 { hosts.giveBack(left, to: host) }
        left = 0
    }

    private func renew() throws(Failure) {
        let next = try hosts.bytesAtOnce(from: host)
        // What came before a limit held is free.
        if let next { try hosts.ask(for: next - (atOnce == nil ? 0 : left), from: host) }
        (atOnce, left, seenAt) = (next, next ?? Self.bytesUnlimited, monotonicNanoseconds())
    }
}
