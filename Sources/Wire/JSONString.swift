import CBytes
import Glibc

/// The string between two quotes, escapes resolved; a lone surrogate, which callers refuse beforehand, reads as U+FFFD.
func decodeString(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard hasEscapes(bytes) else { return String(decoding: bytes, as: UTF8.self) }
    // No escape is shorter than the text that it stands for.
    return String(unsafeUninitializedCapacity: bytes.count) { resolveEscapes(bytes, into: $0) }
}

/// The same for a slice of an array.
func decodeString(_ bytes: ArraySlice<UInt8>) -> String { bytes.withUnsafeBufferPointer { decodeString($0) } }

/// Whether the text contains a backslash.
func hasEscapes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.baseAddress.map { memchr($0, CInt(UInt8(ascii: "\\")), bytes.count) != nil } ?? false
}

/// Returns how many bytes it wrote.
private func resolveEscapes(
    _ bytes: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
) -> Int {
    var (place, written) = (0, 0)
    func write(_ text: some Collection<UInt8>) {
        _ = target[written...].update(fromContentsOf: text)
        written += text.count
    }
    while true {
        let plainEnd = bytes_plain_end(bytes.baseAddress, place, bytes.count)
        write(bytes[place..<plainEnd])
        guard plainEnd < bytes.count else { return written }
        let (scalar, length) = decodeEscape(bytes, plainEnd)
        write(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        place = plainEnd + length
    }
}

/// The character of the well-formed escape at `start`, and how many bytes it takes.
private func decodeEscape(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> (Unicode.Scalar, length: Int) {
    switch bytes[start + 1] {
    case UInt8(ascii: "b"): return ("\u{8}", 2)
    case UInt8(ascii: "f"): return ("\u{C}", 2)
    case UInt8(ascii: "n"): return ("\n", 2)
    case UInt8(ascii: "r"): return ("\r", 2)
    case UInt8(ascii: "t"): return ("\t", 2)
    case UInt8(ascii: "u"): break
    case let letter: return (Unicode.Scalar(letter), 2)
    }
    let unit = codeUnit(bytes, start)
    if UTF16.isLeadSurrogate(unit), start + 12 <= bytes.count, bytes[start + 6] == UInt8(ascii: "\\"),
        bytes[start + 7] == UInt8(ascii: "u"), case let trail = codeUnit(bytes, start + 6),
        UTF16.isTrailSurrogate(trail)
    {
        return (UTF16.decode(UTF16.EncodedScalar([unit, trail])), 12)
    }
    return (Unicode.Scalar(unit) ?? "\u{FFFD}", 6)
}

/// The code unit of the well-formed `\uXXXX` at `start`.
private func codeUnit(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt16 {
    bytes[start + 2..<start + 6].reduce(0) { $0 << 4 | UInt16(hexadecimalDigit($1) ?? 0) }
}

/// A string as JSON text with its quotes; only what must be escaped is escaped.
func encodeString(_ value: String) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(value.utf8.count + 2)
    appendString(value, to: &text)
    return text
}

/// Appends a string as JSON text.
func appendString(_ value: String, to text: inout [UInt8]) {
    var value = value
    text.append(UInt8(ascii: "\""))
    value.withUTF8 { bytes in
        var place = 0
        while true {
            let plainEnd = bytes_plain_end(bytes.baseAddress, place, bytes.count)
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[place..<plainEnd]))
            guard plainEnd < bytes.count else { break }
            text.append(contentsOf: escape(bytes[plainEnd]).utf8)
            place = plainEnd + 1
        }
    }
    text.append(UInt8(ascii: "\""))
}

private func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 10: "\\n"
    case 13: "\\r"
    case 9: "\\t"
    default: (byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16)
    }
}
