import Glibc
import Wire

/// Converts a text that comes in pieces, in any encoding, to UTF-8; refuses nothing.
package final class TextDecoder {
    /// What was read differently from how it is labelled, for people, in order.
    var remarks: [String] {
        let bytes = strangers == 1 ? "1 byte is" : "\(strangers) bytes are"
        return [
            unknown.map { "its encoding, \($0), is not known here: it is read as UTF-8 or Windows-1252" },
            strangers > 0 ? "\(bytes) not \(converter?.name ?? "UTF-8"), and read as well as can be" : nil
        ].compactMap(\.self)
    }

    private let charset: String?
    /// The beginning, until it shows the text's encoding; nil from then on.
    private var head: [UInt8]? = []
    private var converter: Converter?
    private var unknown: String?
    /// The bytes of a character whose end is still to come.
    private var rest: [UInt8] = []
    private var strangers = 0

    /// `charset` is the text's encoding according to its sender.
    init(charset: String? = nil) { self.charset = charset }

    /// Converts a whole text, or the beginning of one.
    package static func text(_ bytes: [UInt8], charset: String?) -> [UInt8] {
        let decoder = TextDecoder(charset: charset)
        return decoder.read(bytes) + decoder.finish()
    }

    /// Whether it looks like text, rather than bytes that happen to be characters.
    package static func isText(_ head: [UInt8]) -> Bool {
        let odd = head.count { $0 < 0x20 && !(9...13).contains($0) || $0 == 0x7F }
        return !head.contains(0) && (odd < 3 || odd * 32 < head.count)
    }

    func read(_ bytes: [UInt8]) -> [UInt8] {
        guard let start = head else { return decoded(bytes, isLast: false) }
        let known = start + bytes
        head = known
        return known.count < TextEncoding.headBytes ? [] : begin(known, isLast: false)
    }

    /// The text that only the end completes.
    func finish() -> [UInt8] { head.map { begin($0, isLast: true) } ?? decoded([], isLast: true) }

    private func begin(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        head = nil
        let encoding = TextEncoding(head: Array(bytes.prefix(TextEncoding.headBytes)), charset: charset)
        converter = encoding.name.flatMap { Converter($0, unit: encoding.unit) }
        if converter == nil { unknown = encoding.name }
        return decoded(Array(bytes.dropFirst(encoding.mark)), isLast: isLast)
    }

    private func decoded(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        let bytes = rest + bytes
        if let converter {
            let text = converter.read(bytes, isLast: isLast, &strangers)
            rest = converter.rest
            return text
        }
        let end = isLast ? bytes.count : bytes.endOfCharacters
        rest = Array(bytes[end...])
        let whole = Array(bytes[..<end])
        return String(validating: whole, as: UTF8.self) == nil ? guessed(whole) : whole
    }

    /// Reads each byte that is not part of a UTF-8 character as Windows-1252.
    private func guessed(_ bytes: [UInt8]) -> [UInt8] {
        var (text, parser, next) = ([UInt8](), Unicode.UTF8.ForwardParser(), bytes.makeIterator())
        text.reserveCapacity(bytes.count * 2)
        var offset = 0
        while true {
            switch parser.parseScalar(from: &next) {
            case .valid(let scalar):
                text += scalar
                offset += scalar.count
            case .error(let length):
                for byte in bytes[offset..<offset + length] { text += String(windows1252(byte)).utf8 }
                offset += length
                strangers += length
            case .emptyInput: return text
            }
        }
    }
}

/// One of iconv's converters.
private final class Converter {
    let name: String
    private(set) var rest: [UInt8] = []
    private let handle: iconv_t
    private let unit: Int

    private static let pieceBytes = 4096

    /// Nil for an encoding that this machine does not know.
    init?(_ name: String, unit: Int) {
        guard let handle = iconv_open("UTF-8", name), handle != iconv_t(bitPattern: -1) else {
            if errno == ENOMEM { endForLackOfMemory() }
            return nil
        }
        (self.name, self.handle, self.unit) = (name, handle, unit)
    }

    deinit { iconv_close(handle) }

    /// Converts bytes, and counts those that are not characters; each of these becomes U+FFFD.
    func read(_ bytes: [UInt8], isLast: Bool, _ strangers: inout Int) -> [UInt8] {
        var (bytes, text, done) = (bytes, [UInt8](), 0)
        rest = []
        while done < bytes.count {
            let problem = step(&bytes, &done, &text)
            if problem == EINVAL, !isLast {
                rest = Array(bytes[done...])
                break
            }
            guard problem == EILSEQ || problem == EINVAL else { continue }
            text += "\u{FFFD}".utf8
            strangers += 1
            done += unit
        }
        return text
    }

    /// Converts as much as one buffer has room for; returns the error number that stopped it, or 0.
    private func step(_ bytes: inout [UInt8], _ done: inout Int, _ text: inout [UInt8]) -> Int32 {
        var (problem, left) = (0 as Int32, bytes.count - done)
        text += [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
            var room = buffer.count
            var to = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
            bytes.withUnsafeMutableBytes { all in
                var from = all.baseAddress?.advanced(by: done).assumingMemoryBound(to: CChar.self)
                if iconv(handle, &from, &left, &to, &room) == -1 { problem = errno }
            }
            count = buffer.count - room
        }
        done = bytes.count - left
        return problem
    }
}

extension [UInt8] {
    /// The index of an incomplete UTF-8 character at the end; else the end index.
    fileprivate var endOfCharacters: Int {
        for index in indices.suffix(3).reversed() where self[index] & 0xC0 != 0x80 {
            let length = self[index] >= 0xF0 ? 4 : self[index] >= 0xE0 ? 3 : self[index] >= 0xC0 ? 2 : 1
            return index + length > count ? index : count
        }
        return count
    }
}

/// Windows has letters and signs where Latin-1 has control characters; five places are free.
func windows1252(_ byte: UInt8) -> Unicode.Scalar {
    (0x80..<0xA0).contains(byte) ? special[Int(byte) - 0x80] : Unicode.Scalar(byte)
}

private let special = Array(
    "\u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}\u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}"
        .unicodeScalars)
