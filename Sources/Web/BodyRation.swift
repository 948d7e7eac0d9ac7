import Limiter
import Wire

/// Keeps the body of one answer to the limits of bytes that hold for its host.
package final class BodyRation {
    private let hosts: Hosts
    private let host: String
    /// How many bytes come between two rests; nil where no limit holds.
    private(set) var atOnce: Int?
    private var count = 0

    /// How many bytes come before it is seen that a limit holds by now.
    private static let bytesUnlimited = 1 << 18

    init(_ hosts: Hosts, host: String) throws(Failure) {
        (self.hosts, self.host) = (hosts, host)
        atOnce = try hosts.bytesAtOnce(from: host)
    }

    func take(_ bytes: Int) throws(Failure) {
        count += bytes
        if count >= atOnce ?? Self.bytesUnlimited { try settle() }
    }

    /// Rests for what has come since the last rest.
    func settle() throws(Failure) {
        guard count > 0 else { return }
        try hosts.rest(after: count, from: host)
        (count, atOnce) = (0, try hosts.bytesAtOnce(from: host))
    }
}
