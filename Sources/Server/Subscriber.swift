import NIOCore
import NIOWebSocket

/// One WebSocket connection that receives events.
final class Subscriber: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let broadcaster: Broadcaster
    private let since: Int?
    private var context: ChannelHandlerContext?
    /// Where encoded frames are written.
    private var output: ChannelHandlerContext?
    /// The number of the next event to send.
    var next = 0
    private var heardAt = NIODeadline.now()
    private var frames = ClientFrames()
    private var isLeaving = false
    private var heartbeat: Scheduled<Void>?

    private static let interval = TimeAmount.seconds(20)
    /// How long a client may be silent before it counts as gone.
    private static let patience = TimeAmount.seconds(65)
    /// The time in which a rejected client can read the reason.
    private static let farewell = TimeAmount.seconds(1)

    init(_ broadcaster: Broadcaster, since: Int?) { (self.broadcaster, self.since) = (broadcaster, since) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
        scheduleBeat(context)
        broadcaster.add(self, since: since)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        heartbeat?.cancel()
        (heartbeat, self.context, output) = (nil, nil, nil)
        broadcaster.remove(self)
    }

    /// Sends the events that are new to this subscriber, as far as its connection takes them.
    func pump(_ history: History) {
        guard let output, let context, !isLeaving else { return }
        var hasWritten = false
        while context.channel.isWritable {
            if next < history.first || next > history.last + 1 {
                output.write(NIOAny(broadcaster.snapshot()), promise: nil)
                next = history.last + 1
            } else if let (frames, next) = history.frames(from: next) {
                output.write(NIOAny(frames), promise: nil)
                self.next = next
            } else {
                break
            }
            hasWritten = true
        }
        if hasWritten { output.flush() }
    }

    /// Sends progress, which will be replaced soon, unless the connection is behind.
    func tell(_ frames: ByteBuffer, _ history: History) {
        guard let output, let context, !isLeaving, next > history.last, context.channel.isWritable else { return }
        output.writeAndFlush(NIOAny(frames), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        broadcaster.pump(self)
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        heardAt = .now()
        if isLeaving {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        if let fault = frames.fault(of: frame) { return sendAway(context, fault) }
        switch frame.opcode {
        case .connectionClose:
            isLeaving = true
            var reason = frame.unmaskedData
            let code = reason.readSlice(length: 2) ?? ByteBuffer()
            put(.connectionClose, code)
            context.close(mode: .output, promise: nil)
        case .ping where context.channel.isWritable: put(.pong, frame.unmaskedData)
        default: break
        }
    }

    /// Closes a connection whose frames cannot be decoded.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError, !isLeaving else { return context.close(promise: nil) }
        if case .invalidFrameLength = error { return sendAway(context, .messageTooLarge) }
        sendAway(context, .protocolError)
    }

    /// Closes a connection with a reason, and ignores what else it sends.
    ///
    /// Not at once: data that is still arriving would discard the reason.
    private func sendAway(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        isLeaving = true
        say(code)
        context.close(mode: .output, promise: nil)
        heartbeat?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        heartbeat = context.eventLoop.scheduleTask(in: Self.farewell) { bound.value.close(promise: nil) }
    }

    /// Says that the server goes away; reconnecting is up to the client.
    func leave() {
        guard !isLeaving, context != nil else { return }
        isLeaving = true
        say(.goingAway)
    }

    private func say(_ code: WebSocketErrorCode) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        put(.connectionClose, data)
    }

    private func scheduleBeat(_ context: ChannelHandlerContext) {
        heartbeat = context.eventLoop.assumeIsolated().scheduleTask(in: Self.interval) { self.beat() }
    }

    private func beat() {
        guard let context else { return }
        scheduleBeat(context)
        if NIODeadline.now() - heardAt > Self.patience { return context.close(promise: nil) }
        if context.channel.isWritable { put(.ping, ByteBuffer()) }
    }

    private func put(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        guard let context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }
}
