import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// One HTTP connection: one request after another, each read completely before it is answered, with limits on time.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: any Site
    private let gate: Gate
    private let threads: NIOThreadPool
    private let errands: Errands
    /// The errand that is under way.
    private var errand: Errand?
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var limit = 0
    /// Whether an answer was sent before the request had ended; the rest of it and all that follows is ignored.
    private var isRefused = false
    /// Bytes of that rest that are still read, since many clients look for an answer only after sending everything.
    private var unheardBytes = 0
    private var isAnswered = false
    private var deadline: Scheduled<Void>?

    /// The time for a request to arrive completely, and for an answer to be read.
    private static let patience = TimeAmount.seconds(60)
    private static let farewell = TimeAmount.seconds(1)
    /// How many bytes of a refused request are read at most: with a declared length, and without one.
    private static let mostUnheard = (announced: 64 << 20, other: 4 << 20)

    init(_ site: any Site, _ gate: Gate, _ threads: NIOThreadPool, _ errands: Errands) {
        (self.site, self.gate, self.threads, self.errands) = (site, gate, threads, errands)
    }

    func handlerAdded(context: ChannelHandlerContext) { wait(context) }
    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        errand?.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A request that was not upgraded to WebSocket is answered like any other.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }

    private func wait(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.value.eventLoop.scheduleTask(in: Self.patience) { context.value.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): if !isRefused { begin(head, context) }
        case .body(let part):
            guard !isRefused else { return drop(part.readableBytes, context) }
            if body.count + part.readableBytes > limit {
                return refuse(tooLarge, context)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard !isRefused else { return drop(unheardBytes, context) }
            if let head { answer(head, context) }
        }
    }

    /// Reads and drops bytes of a refused request, up to the limit.
    private func drop(_ bytes: Int, _ context: ChannelHandlerContext) {
        unheardBytes = max(0, unheardBytes - bytes)
        guard unheardBytes == 0 else { return }
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        if isAnswered { leave(context) }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        (self.head, body) = (head, [])
        guard let target = RequestTarget(head.uri) else {
            return refuse(.problem(400, "bad_target", "the path is not valid"), context)
        }
        limit = site.bodyLimit(path: target.path)
        if let refusal = gate.refusal(of: head) { return refuse(refusal, context) }
        if let length = head.headers.first(name: "Content-Length").flatMap(Int.init), length > limit {
            return refuse(tooLarge, context)
        }
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                Self.wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    private var tooLarge: HTTPResponse {
        .problem(
            413, "too_large", "a body may have \(limit >> 20) MiB here (\(limit) bytes); send it in several requests")
    }

    private func refuse(_ response: HTTPResponse, _ context: ChannelHandlerContext) {
        isRefused = true
        let announced = head?.headers.first(name: "Content-Length").flatMap(Int.init)
        let most = Self.mostUnheard
        unheardBytes = announced.map { $0 > most.announced ? 0 : $0 } ?? most.other
        drop(body.count, context)
        body = []
        write(response, context, isLast: true)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        guard let target = RequestTarget(head.uri) else { return context.close(promise: nil) }
        let kind = site.errand(path: target.path)
        errand = kind.map { errands.begin($0, for: context.remoteAddress?.ipAddress ?? "") }
        guard let request = HTTPRequest(head, body: body, errand: errand) else { return context.close(promise: nil) }
        body = []
        answer(request, on: kind.map(errands.threads) ?? threads, context)
    }

    private func answer(_ request: HTTPRequest, on threads: NIOThreadPool, _ context: ChannelHandlerContext) {
        let site = site
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        threads.runIfActive(eventLoop: context.eventLoop) { site.answer(request) }.whenComplete { result in
            let (connection, context) = bound.value
            connection.endErrand()
            let response = (try? result.get()) ?? .problem(503, "stopping", "the server stops")
            connection.write(response, context, isLast: false)
        }
    }

    private func endErrand() {
        guard let errand else { return }
        errand.end()
        errands.forget(errand)
        self.errand = nil
    }

    private func write(_ response: HTTPResponse, _ context: ChannelHandlerContext, isLast: Bool) {
        guard let request = head, context.channel.isActive else { return }
        let staysOpen = request.isKeepAlive && !isLast
        var headers = HTTPHeaders(response.headers)
        headers.add(name: "Content-Length", value: "\(response.body.count)")
        for (name, value) in Self.alwaysSent where !headers.contains(name: name) {
            headers.add(name: name, value: value)
        }
        if !staysOpen { headers.add(name: "Connection", value: "close") }
        if response.status < 400, let cookie = gate.cookie, request.uri == "/" {
            headers.add(name: "Set-Cookie", value: cookie)
        }
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD, !response.body.isEmpty {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        wait(context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
            let (connection, context) = bound.value
            connection.isAnswered = !staysOpen
            if staysOpen { return connection.wait(context) }
            if connection.unheardBytes == 0 {
                connection.leave(context)
            } else {
                context.close(mode: .output, promise: nil)
            }
        }
    }

    /// Closes after a moment in which the client can read the answer: at once, data still arriving would discard it.
    private func leave(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: Self.farewell) { bound.value.close(promise: nil) }
    }

    /// Headers for browsers on every answer: for pages of this server only, and of the type that it declares.
    private static let alwaysSent = [
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Content-Security-Policy", policy), ("X-Frame-Options", "DENY"), ("Cache-Control", "no-store")
    ]

    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
