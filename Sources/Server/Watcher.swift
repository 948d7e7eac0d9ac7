import NIOCore
import NIOWebSocket

/// One WebSocket connection that is told events.
final class Watcher: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let audience: Audience
    private let since: Int?
    private var context: ChannelHandlerContext?
    /// From where ready-made frames are written.
    private var output: ChannelHandlerContext?
    /// The number of the event that it is to be told next.
    var next = 0
    private var heardAt = NIODeadline.now()
    private var frames = ClientFrames()
    private var isLeaving = false
    private var heartbeat: Scheduled<Void>?

    private static let interval = TimeAmount.seconds(20)
    /// Who says nothing for so long is taken for gone.
    private static let patience = TimeAmount.seconds(65)
    /// For who is sent away to read why.
    private static let farewell = TimeAmount.seconds(1)

    init(_ audience: Audience, since: Int?) { (self.audience, self.since) = (audience, since) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
        scheduleBeat(context)
        audience.add(self, since: since)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        heartbeat?.cancel()
        (heartbeat, self.context, output) = (nil, nil, nil)
        audience.remove(self)
    }

    /// Writes what is new to this one, as far as its connection takes it.
    func pump(_ history: History) {
        guard let output, let context, !isLeaving else { return }
        var hasWritten = false
        while context.channel.isWritable {
            if next < history.first || next > history.last + 1 {
                output.write(NIOAny(audience.snapshot()), promise: nil)
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

    /// Tells what will be told anew soon, unless there is more to tell than the connection takes.
    func tell(_ frames: ByteBuffer, _ history: History) {
        guard let output, let context, !isLeaving, next > history.last, context.channel.isWritable else { return }
        output.writeAndFlush(NIOAny(frames), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        audience.pump(self)
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

    /// What cannot even be decoded.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError, !isLeaving else { return context.close(promise: nil) }
        if case .invalidFrameLength = error { return sendAway(context, .messageTooLarge) }
        sendAway(context, .protocolError)
    }

    /// Ends a connection, having said why, and hears no more of it.
    ///
    /// At once, what is still coming would tear up the word.
    private func sendAway(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        isLeaving = true
        say(code)
        context.close(mode: .output, promise: nil)
        heartbeat?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        heartbeat = context.eventLoop.scheduleTask(in: Self.farewell) { bound.value.close(promise: nil) }
    }

    /// Says that the server goes, and when to come back is the client's matter.
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
