import NIOCore
import NIOEmbedded
import NIOWebSocket

/// Makes WebSocket frames of texts once for all who get them.
final class Frames {
    // A channel that leads nowhere: what comes out of it are the bytes.
    private let channel = EmbeddedChannel(handler: WebSocketFrameEncoder())

    func append(_ text: [UInt8], to buffer: inout ByteBuffer) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: text))
        channel.write(frame, promise: nil)
        channel.flush()
        while var part = try? channel.readOutbound(as: ByteBuffer.self) { buffer.writeBuffer(&part) }
    }
}
