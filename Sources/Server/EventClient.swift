import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Wire

/// A client of a server's events.
package final class EventClient: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let host: String
    private let port: Int
    private let token: String?

    /// In bytes; a snapshot of many records comes in one frame.
    private static let maximumFrame = 64 << 20
    private static let patience = TimeAmount.seconds(10)

    /// Nil if the URL is not of the form `http://HOST:PORT/`. Starts a thread.
    package init?(_ url: String, token: String?) {
        guard url.hasPrefix("http://") else { return nil }
        let authority = url.dropFirst(7).prefix { $0 != "/" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        let hasPort = !authority.hasSuffix("]") && parts.count > 1
        guard let port = hasPort ? parts.last.flatMap({ UInt16($0) }) : 80 else { return nil }
        let host = hasPort ? authority.dropLast((parts.last?.count ?? 0) + 1) : authority
        guard !host.isEmpty else { return nil }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
        (self.port, self.token) = (Int(port), token)
    }

    /// Passes each event after the number `since` as its JSON to `event` until the connection ends, on another thread.
    ///
    /// `end` is called once: with `connect` (`transient`) or `config` if there is no connection, with nil when it ends.
    package func listen(
        since: Int?, _ event: @escaping @Sendable ([UInt8]) -> Void, end: @escaping @Sendable (Failure?) -> Void
    ) {
        let request = request(since: since)
        let address = "\(host):\(port)"
        let promise = group.next().makePromise(of: Bool.self)
        let connection = ClientBootstrap(group: group).connectTimeout(Self.patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(maxFrameSize: Self.maximumFrame) { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Listener(event, end))
                        return true
                    }
                }
                let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Bool>(
                    upgradeRequestHead: request, upgraders: [upgrader]
                ) { channel in channel.eventLoop.makeSucceededFuture(false) }
                var configuration = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
                // The first event may arrive together with the answer.
                configuration.leftOverBytesStrategy = .forwardBytes
                try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
                    .cascade(to: promise)
            }
        }.connect(host: host, port: port)
        connection.whenFailure { promise.fail($0) }
        promise.futureResult.whenComplete { result in
            switch result {
            case .success(true): break
            case .success(false):
                end(
                    .config(
                        "refused", "\(address) refuses to send events; it may need its token: give --token FILE",
                        host: address))
            case .failure:
                end(.transient("connect", "no server answers at \(address); start one with segue serve", host: address))
            }
        }
    }

    private func request(since: Int?) -> HTTPRequestHead {
        var headers = HTTPHeaders([("Host", host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")])
        if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
        let query = since.map { "?since=\($0)" } ?? ""
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/events\(query)", headers: headers)
    }
}

/// The connection after its upgrade to WebSocket.
private final class Listener: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let event: @Sendable ([UInt8]) -> Void
    private let end: @Sendable (Failure?) -> Void

    init(_ event: @escaping @Sendable ([UInt8]) -> Void, _ end: @escaping @Sendable (Failure?) -> Void) {
        (self.event, self.end) = (event, end)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        switch frame.opcode {
        case .text: event(Array(frame.unmaskedData.readableBytesView))
        case .ping: put(.pong, frame.unmaskedData, context)
        case .connectionClose:
            put(.connectionClose, frame.unmaskedData, context)
            context.close(promise: nil)
        default: break
        }
    }

    private func put(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { end(nil) }
}
