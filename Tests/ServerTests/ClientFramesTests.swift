import NIOCore
import NIOWebSocket
import Testing

@testable import Server

@Suite struct ClientFramesTests {
    private func frame(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8] = [], fin: Bool = true, isMasked: Bool = true, rsv: Int = 0
    ) -> WebSocketFrame {
        let key: WebSocketMaskingKey? = isMasked ? [7, 11, 13, 17] : nil
        var data = ByteBuffer(bytes: bytes)
        if let key { data.webSocketMask(key) }
        return WebSocketFrame(
            fin: fin, rsv1: rsv == 1, rsv2: rsv == 2, rsv3: rsv == 3, opcode: opcode, maskKey: key, data: data)
    }

    /// What comes of the last of some frames; all before it are right.
    private func fault(_ frames: WebSocketFrame...) -> WebSocketErrorCode? {
        var client = ClientFrames()
        for frame in frames.dropLast() { #expect(client.fault(of: frame) == nil) }
        return frames.last.flatMap { client.fault(of: $0) }
    }

    @Test func `what a client may send is taken`() {
        #expect(
            fault(frame(.ping, [1, 2]), frame(.pong), frame(.text, Array("né".utf8)), frame(.binary, [0xff])) == nil)
        #expect(fault(frame(.text, [0x61], fin: false), frame(.ping), frame(.continuation, [0x62])) == nil)
        #expect(fault(frame(.connectionClose)) == nil)
    }

    @Test func `an unmasked frame is refused, and one with a bit that nobody agreed on`() {
        #expect(fault(frame(.text, isMasked: false)) == .protocolError)
        #expect(fault(frame(.ping, isMasked: false)) == .protocolError)
        for bit in 1...3 { #expect(fault(frame(.text, rsv: bit)) == .protocolError) }
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) func `a kind of frame that is none is refused`(number: Int) {
        let opcode = WebSocketOpcode(encodedWebSocketOpcode: UInt8(number))
        #expect(opcode.flatMap { fault(frame($0)) } == .protocolError)
    }

    @Test func `a message has one beginning`() {
        #expect(fault(frame(.continuation)) == .protocolError)
        #expect(fault(frame(.text, fin: false), frame(.text)) == .protocolError)
        #expect(fault(frame(.text, fin: false), frame(.continuation), frame(.continuation)) == .protocolError)
    }

    @Test(
        arguments: [
            ([0xff], []), ([0xc0, 0x80], []), ([0xed, 0xa0, 0x80], []), ([0xf5, 0x80, 0x80, 0x80], []),
            ([0xe2, 0x82], []),
            ([0xe2, 0x82], [0x41]), ([0xf0, 0x9f], [0x8e]), ([0x80], [0x41])
        ] as [([UInt8], [UInt8])]) func `text that is no UTF-8 is refused`(first: [UInt8], second: [UInt8])
    {
        var client = ClientFrames()
        let faults = [
            client.fault(of: frame(.text, first, fin: false)), client.fault(of: frame(.continuation, second))
        ]
        #expect(faults.compactMap(\.self).first == .dataInconsistentWithMessage)
    }

    @Test func `a character may be cut anywhere`() {
        for text in ["é", "€", "\u{1F3B5}", "a\u{1F3B5}€é"].map({ Array($0.utf8) }) {
            for cut in 0...text.count {
                let (start, rest) = (Array(text[..<cut]), Array(text[cut...]))
                #expect(fault(frame(.text, start, fin: false), frame(.continuation, rest)) == nil)
            }
        }
    }

    @Test(arguments: [
        (1000, true), (1003, true), (1007, true), (1014, true), (3000, true), (4999, true), (0, false), (999, false),
        (1004, false), (1005, false), (1006, false), (1015, false), (1016, false), (2999, false), (5000, false),
        (65_535, false)
    ]) func `a goodbye has a code that may be sent`(code: Int, isRight: Bool) {
        let bytes = [UInt8(code >> 8), UInt8(code & 0xff)]
        #expect(fault(frame(.connectionClose, bytes)) == (isRight ? nil : .protocolError))
    }

    @Test func `a goodbye is whole, and its reason a text`() {
        #expect(fault(frame(.connectionClose, [3])) == .protocolError)
        #expect(fault(frame(.connectionClose, [3, 232] + Array("bye".utf8))) == nil)
        #expect(fault(frame(.connectionClose, [3, 232, 0xff])) == .dataInconsistentWithMessage)
    }
}
