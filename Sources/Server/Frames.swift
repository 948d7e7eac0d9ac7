import NIOCore
import NIOEmbedded
import NIOWebSocket

/// Encodes texts as WebSocket frames, once for all subscribers.
final class Frames {
    // A channel with no network behind it, used only to get the encoded bytes.
    private let channel = EmbeddedChannel(handler: WebSocketFrameEncoder())

    func append(_ text: [UInt8], to buffer: inout ByteBuffer) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: text))
        channel.write(frame, promise: nil)
        channel.flush()
        while var part = try? channel.readOutbound(as: ByteBuffer.self) { buffer.writeBuffer(&part) }
    }
}
