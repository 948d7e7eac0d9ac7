import NIOCore
import Wire

/// An address and a port: `127.0.0.1:7333`, `[::1]:7333`, `localhost:0`.
package struct ListenAddress: Sendable {
    let address: SocketAddress
    private let host: String
    /// Whether only this machine can connect to it.
    package let isLoopback: Bool

    /// - Throws: `permanent`, with the code bad_address, for a text that is not an address with a port.
    package init(_ text: String) throws(Failure) {
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw Self.wrong(text, "the port is missing")
        }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits) else {
            throw Self.wrong(text, "\(digits) is not a port, which is a number up to 65535")
        }
        let host = text[..<colon] == "localhost" ? "127.0.0.1" : String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let plain = isBracketed ? String(host.dropFirst().dropLast()) : host
        guard isBracketed == plain.contains(":"), let address = try? SocketAddress(ipAddress: plain, port: Int(port))
        else {
            throw Self.wrong(text, "\(host) is not an IP address")
        }
        (self.address, self.host) = (address, host)
        isLoopback = plain.hasPrefix("127.") || address.ipAddress == "::1"
    }

    private static func wrong(_ text: String, _ why: String) -> Failure {
        .permanent(
            "bad_address",
            "cannot listen on \(text): \(why); give an address of this machine and a port, such as 127.0.0.1:7333 or [::]:7333"
        )
    }

    var text: String { text(withPort: address.port) }

    func text(withPort port: Int?) -> String { "\(host):\(port ?? 0)" }
}
