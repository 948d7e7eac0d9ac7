import FlyingFox
import FlyingSocks
import Foundation
import Glibc
import Wire

/// The address and port to listen on.
struct Endpoint {
    private let host: String
    private let port: UInt16
    private let address: sockaddr_in

    /// Nil when the text is not an IPv4 address and port.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
        let host = parts[0] == "localhost" ? "127.0.0.1" : parts[0]
        guard let address = try? sockaddr_in.inet(ip4: host, port: port) else { return nil }
        (self.host, self.port, self.address) = (host, port, address)
    }

    /// Serves until the process ends; `ready` is called with the actual host and port.
    func serve(_ service: Service, ready: @escaping @Sendable (String) -> Void) async throws {
        let server = HTTPServer(address: address, timeout: 600, logger: .disabled, handler: service)
        let host = host
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await server.waitUntilListening()
                    sendWithoutDelay()
                    if case .ip4(_, port: let port) = await server.listeningAddress { ready("\(host):\(port)") }
                }
                // Not waitForAll, which would report a failure only after the other task has ended too.
                while try await group.next() != nil {}
            }
        } catch SocketError.failed(_, _, let message) {
            throw Failure.transient("no_listen", "cannot listen on \(host):\(port): \(message); give another --listen")
        }
    }
}
