import NIOCore
import Wire

/// An address and a port: `127.0.0.1:7333`, `[::1]:7333`, `localhost:0`.
package struct ListenAddress: Sendable {
    let address: SocketAddress
    private let host: String
    /// Whether nobody but this machine can ask there.
    package let isLoopback: Bool

    /// Nil for what is no address with a port.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon] == "localhost" ? "127.0.0.1" : String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let plain = isBracketed ? String(host.dropFirst().dropLast()) : host
        guard isBracketed == plain.contains(":"), let address = try? SocketAddress(ipAddress: plain, port: Int(port))
        else {
            return nil
        }
        (self.address, self.host) = (address, host)
        isLoopback = plain.hasPrefix("127.") || address.ipAddress == "::1"
    }

    var text: String { text(withPort: address.port) }

    func text(withPort port: Int?) -> String { "\(host):\(port ?? 0)" }
}
