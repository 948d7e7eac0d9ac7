import CCurl
import Glibc
import Wire

/// What the kernel takes from a server ahead of us. It knows no limit, and takes more and more on a connection that is
/// read slowly: under a limit of bytes a connection has a window that does not grow.
struct ReceiveWindow {
    /// The window of each host's connections, in bytes, and since when new ones have it, in monotonic nanoseconds.
    private(set) var known: [String: (bytes: Int, since: Int64)] = [:]

    /// How many hosts are remembered.
    static let most = 1000

    /// Has no connection to the host used that was made for quite another limit; nil is for none.
    mutating func use(_ bytes: Int?, for host: String, _ handle: UnsafeMutableRawPointer?) {
        let (bytes, now) = (bytes ?? .max, monotonicNanoseconds())
        if let before = known[host], bytes / 2 <= before.bytes, before.bytes / 2 <= bytes {
            let seconds = Int((now - before.since) / 1_000_000_000)
            curl_set_long(handle, CURLOPT_MAXLIFETIME_CONN, seconds + 1)
        } else {
            curl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            // A list may name hosts without end; one that is forgotten gets a new connection.
            if known.count >= Self.most { known = [:] }
            known[host] = (bytes, now)
        }
    }

    /// Sets it for a connection that is not made yet, unless the kernel keeps to a smaller one.
    static func set(_ bytes: Int, for connection: Int32) {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(probe) }
        // The kernel doubles what it is told, for its own needs; where these are few, all of it fills.
        var (value, found, size) = (Int32(clamping: bytes / 2), Int32(0), socklen_t(MemoryLayout<Int32>.size))
        setsockopt(probe, SOL_SOCKET, SO_RCVBUF, &value, size)
        getsockopt(probe, SOL_SOCKET, SO_RCVBUF, &found, &size)
        if found / 2 >= value { setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &value, size) }
    }
}
