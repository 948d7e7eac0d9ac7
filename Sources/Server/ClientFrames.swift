import NIOCore
import NIOWebSocket

/// Checks a client's frames against RFC 6455, as far as decoding does not.
struct ClientFrames {
    /// The kind of the message that has begun and is not complete; nil between messages.
    private var unfinished: WebSocketOpcode?
    /// The first bytes of a character that goes on in the next frame.
    private var rest: [UInt8] = []

    /// The code to close the connection with because of this frame; nil for a valid one.
    mutating func fault(of frame: WebSocketFrame) -> WebSocketErrorCode? {
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return .protocolError }
        let bytes = Array(frame.unmaskedData.readableBytesView)
        switch frame.opcode {
        case .ping, .pong: return nil
        case .connectionClose: return Self.fault(ofClose: bytes)
        case .continuation:
            guard let kind = unfinished else { return .protocolError }
            return fault(ofPart: bytes, kind, isLast: frame.fin)
        case .text, .binary:
            return unfinished == nil ? fault(ofPart: bytes, frame.opcode, isLast: frame.fin) : .protocolError
        default: return .protocolError
        }
    }

    private mutating func fault(ofPart bytes: [UInt8], _ kind: WebSocketOpcode, isLast: Bool) -> WebSocketErrorCode? {
        unfinished = isLast ? nil : kind
        guard kind == .text else { return nil }
        let text = rest + bytes
        let end = isLast ? text.count : Self.wholeCharacters(of: text)
        rest = Array(text[end...])
        return Self.isText(text[..<end]) ? nil : .dataInconsistentWithMessage
    }

    private static func fault(ofClose bytes: [UInt8]) -> WebSocketErrorCode? {
        guard !bytes.isEmpty else { return nil }
        guard bytes.count > 1, isCode(Int(bytes[0]) << 8 | Int(bytes[1])) else { return .protocolError }
        return isText(bytes[2...]) ? nil : .dataInconsistentWithMessage
    }

    /// Whether a client may send it: 1004 to 1006 and 1015 must not appear in a frame, and the others are unassigned.
    private static func isCode(_ code: Int) -> Bool {
        (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
    }

    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// How many bytes come before an incomplete character at the end.
    private static func wholeCharacters(of text: [UInt8]) -> Int {
        guard let start = text.suffix(3).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return text.count }
        let length = text[start] >= 0xF0 ? 4 : text[start] >= 0xE0 ? 3 : text[start] >= 0xC0 ? 2 : 1
        return start + length > text.count ? start : text.count
    }
}
