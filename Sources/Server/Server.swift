import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import Wire

/// Serves a site over HTTP and a feed of events over WebSocket, with limits on all that a client can ask for.
package final class Server: Sendable {
    /// The address and port that it listens on: `127.0.0.1:7333`.
    package let address: String
    private let group: MultiThreadedEventLoopGroup
    private let threads: NIOThreadPool
    private let errands: Errands
    private let listener: any Channel
    private let broadcaster: NIOLoopBound<Broadcaster>
    private let connections: Connections

    /// The path of the WebSocket.
    private static let events = ["v1", "events"]
    /// The largest frame of a client, in bytes; clients have nothing to say.
    private static let maximumFrame = 4096
    private static let limits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        (limits.maxHeaderFieldSize, limits.maxHeaderListSize, limits.maxHeaderFieldCount) = (16_384, 65_536, 128)
        return limits
    }()

    /// Listens and starts threads, so signals have to be blocked before.
    ///
    /// - Throws: `transient`, with the code no_listener, when it cannot listen on the address.
    package init(_ listen: ListenAddress, _ site: any Site, _ feed: EventFeed, _ gate: Gate) throws(Failure) {
        Connections.makeRoom()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let errands = Errands()
        let loop = group.next()
        let connections = Connections()
        do {
            let broadcaster = try loop.submit { NIOLoopBound(Broadcaster(feed, loop), eventLoop: loop) }.wait()
            feed.onArrival { loop.execute { broadcaster.value.schedule() } }
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 65_536, high: 262_144))
                .childChannelInitializer { channel in
                    guard connections.admit(channel) else { return channel.close() }
                    return channel.eventLoop.makeCompletedFuture {
                        try Self.prepare(channel, site, gate, threads, errands, broadcaster)
                    }
                }
            listener = try bootstrap.bind(to: listen.address).wait()
            self.broadcaster = broadcaster
        } catch {
            errands.stop()
            try? threads.syncShutdownGracefully()
            try? group.syncShutdownGracefully()
            throw Self.failure(of: error, listen)
        }
        (self.group, self.threads, self.errands, self.connections) = (group, threads, errands, connections)
        address = listen.text(withPort: listener.localAddress?.port)
    }

    private static func failure(of error: any Error, _ listen: ListenAddress) -> Failure {
        let code = (error as? IOError)?.errnoCode ?? 0
        let why =
            switch code {
            case 0: "\(error)"
            case EADDRINUSE: "another program listens there; give another port with --listen, or 0 for any free port"
            case EADDRNOTAVAIL:
                "this machine has no such address; give one that it has with --listen, or 0.0.0.0 for all"
            case EACCES: "this user may not use that port; give one above 1023 with --listen"
            default: String(cString: strerror(code))
            }
        return .transient("no_listener", "cannot listen on \(listen.text): \(why)")
    }

    /// Closes all connections, telling subscribers that the server goes away, and stops.
    package func stop() {
        try? listener.close().wait()
        let broadcaster = broadcaster
        try? group.next().submit { broadcaster.value.closeAll() }.wait()
        errands.stop()
        try? threads.syncShutdownGracefully()
        connections.closeAll()
        try? group.syncShutdownGracefully()
    }

    private static func prepare(
        _ channel: any Channel, _ site: any Site, _ gate: Gate, _ threads: NIOThreadPool, _ errands: Errands,
        _ broadcaster: NIOLoopBound<Broadcaster>
    ) throws {
        let connection = HTTPConnection(site, gate, threads, errands)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(maxFrameSize: maximumFrame, automaticErrorHandling: false) {
            channel, head in
            let isAsked = RequestTarget(head.uri)?.path == events && gate.refusal(of: head) == nil
            return channel.eventLoop.makeSucceededFuture(isAsked ? HTTPHeaders() : nil)
        } upgradePipelineHandler: { channel, head in
            channel.eventLoop.makeCompletedFuture {
                let since = RequestTarget(head.uri)?.query["since"].flatMap { Int($0) }
                try channel.pipeline.syncOperations.addHandler(Subscriber(broadcaster.value, since: since))
            }
        }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in context.pipeline.syncOperations.removeHandler(bound.value, promise: nil)
                }
            ), withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandler(connection)
    }
}

/// The open connections, whose number is limited.
final class Connections: Sendable {
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    private static let maximum = 4096

    func admit(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isAdmitted = open.withLock { open in
            guard open.count < Self.maximum else { return false }
            open[key] = channel
            return true
        }
        if isAdmitted { channel.closeFuture.whenComplete { _ in self.open.withLock { $0[key] = nil } } }
        return isAdmitted
    }

    /// Raises the limit on descriptors as far as the process may.
    static func makeRoom() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(maximum + 1024)))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    func closeAll() { for channel in open.withLock({ Array($0.values) }) { channel.close(promise: nil) } }
}
