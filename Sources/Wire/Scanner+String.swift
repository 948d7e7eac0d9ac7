import CBytes

extension Scanner {
    /// Walks a string, whose first byte after the opening quote is at `start`, and its closing quote.
    @inline(__always)
    mutating func string(_ start: Int) throws(Malformed) -> Int {
        // Most strings have no escapes, and the way past them is worth having in place.
        let end = bytes_plain_string_end(base, start, validEnd)
        return end > 0 ? end : try anyString(start)
    }

    @inline(never)
    private mutating func anyString(_ start: Int) throws(Malformed) -> Int {
        var place = start
        while true {
            place = bytes_plain_end(base, place, validEnd)
            guard place < validEnd else {
                throw fault(place < end ? "invalid UTF-8" : "a string that is not closed", at: place)
            }
            switch base[place] {
            case UInt8(ascii: "\""): return place &+ 1
            case UInt8(ascii: "\\"): place = try escape(place)
            default: throw fault("a raw control character in a string", at: place)
            }
        }
    }

    /// Walks an escape, whose backslash is at `start`.
    private mutating func escape(_ start: Int) throws(Malformed) -> Int {
        stringHasEscapes = true
        guard end - start >= 2 else { throw fault("a string that is not closed", at: start) }
        switch base[start &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start &+ 2
        case UInt8(ascii: "u"): return try unicodeEscape(start)
        default: throw fault("an unknown escape", at: start)
        }
    }

    private mutating func unicodeEscape(_ start: Int) throws(Malformed) -> Int {
        let next = start + 6
        switch try codeUnit(start) {
        case 0xD800..<0xDC00:
            guard holds(UInt8(ascii: "\\"), at: next), holds(UInt8(ascii: "u"), at: next + 1) else { break }
            if (0xDC00..<0xE000).contains(try codeUnit(next)) { return next + 6 }
        case 0xDC00..<0xE000: break
        default: return next
        }
        if loneSurrogate == nil { loneSurrogate = start }
        return next
    }

    /// The code unit of the `\uXXXX` at `start`.
    private mutating func codeUnit(_ start: Int) throws(Malformed) -> UInt16 {
        guard end - start >= 6 else { throw fault("a \\u escape that is cut short", at: start) }
        var unit: UInt16 = 0
        for index in start + 2..<start + 6 {
            guard let digit = hexadecimalDigit(base[index]) else {
                throw fault("a \\u escape without four digits", at: start)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

/// How many bytes come before the first that is not UTF-8.
func validLength(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    if bytes_are_utf8(text.baseAddress, text.count) { return text.count }
    do throws(UTF8.ValidationError) {
        return try UTF8Span(validating: text.span).count
    } catch {
        return error.byteOffsets.lowerBound
    }
}
