import FlyingFox
import Glibc

/// A client's connection, found among this process's descriptors by the client's address.
struct ClientSocket: Sendable {
    private let host: String
    private let port: UInt16

    /// Only connections over IPv4 are found.
    init(_ address: HTTPRequest.Address?) {
        guard case .ip4(let host, port: let port) = address else {
            (self.host, self.port) = ("", 0)
            return
        }
        (self.host, self.port) = (host, port)
    }

    /// Turns the next close into a reset, which discards data that was not sent yet.
    func resetWhenClosed() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits until the client has closed its side.
    func leaves() async throws {
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
    }

    private var descriptor: Int32 { openSockets().first(where: isClient) ?? -1 }

    private func isClient(_ descriptor: Int32) -> Bool {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutableBytes(of: &address) { bytes in
            getpeername(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length) == 0
        }
        var wanted = in_addr()
        return isKnown && address.sin_family == sa_family_t(AF_INET) && address.sin_port == port.bigEndian
            && inet_pton(AF_INET, host, &wanted) == 1 && address.sin_addr.s_addr == wanted.s_addr
    }
}

/// This process's descriptors that may be sockets.
func openSockets() -> Range<Int32> {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return 3..<Int32(clamping: min(limit.rlim_cur, 65_536))
}

/// Sends small answers at once: every connection inherits this from the listening socket.
func sendWithoutDelay() {
    for descriptor in openSockets() {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening == 1 else {
            continue
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}
