import Glibc

/// The string between two quotes, escapes resolved; a lone surrogate, which callers refuse beforehand, reads as U+FFFD.
func decodeString(_ bytes: ArraySlice<UInt8>) -> String {
    guard hasEscapes(bytes) else { return String(decoding: bytes, as: UTF8.self) }
    var units: [UInt16] = []
    var plain = bytes.startIndex
    var index = bytes.startIndex
    func flush() { units.append(contentsOf: String(decoding: bytes[plain..<index], as: UTF8.self).utf16) }
    while index < bytes.endIndex {
        guard bytes[index] == UInt8(ascii: "\\") else {
            index += 1
            continue
        }
        flush()
        let (unit, length) = decodeEscape(bytes[index...])
        units.append(unit)
        index += length
        plain = index
    }
    flush()
    return String(decoding: units, as: UTF16.self)
}

/// Whether the text contains a backslash.
func hasEscapes(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { text in
        text.baseAddress.map { memchr($0, CInt(UInt8(ascii: "\\")), text.count) != nil } ?? false
    }
}

/// The UTF-16 code unit of the well-formed escape that `bytes` begins with, and how many bytes it takes.
private func decodeEscape(_ bytes: ArraySlice<UInt8>) -> (unit: UInt16, length: Int) {
    let letter = bytes[bytes.startIndex + 1]
    switch letter {
    case UInt8(ascii: "b"): return (8, 2)
    case UInt8(ascii: "f"): return (12, 2)
    case UInt8(ascii: "n"): return (10, 2)
    case UInt8(ascii: "r"): return (13, 2)
    case UInt8(ascii: "t"): return (9, 2)
    case UInt8(ascii: "u"):
        let digits = bytes[bytes.startIndex + 2..<bytes.startIndex + 6].compactMap(hexadecimalDigit)
        return (digits.reduce(0) { $0 << 4 | UInt16($1) }, 6)
    default: return (UInt16(letter), 2)
    }
}

/// A string as JSON text with its quotes; only what must be escaped is escaped.
func encodeString(_ value: String) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    text.reserveCapacity(value.utf8.count + 2)
    for byte in value.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
        case 10: text += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case 13: text += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case 9: text += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0..<0x20: text += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
        default: text.append(byte)
        }
    }
    text.append(UInt8(ascii: "\""))
    return text
}
