extension Scanner {
    /// Walks a string after its opening quote, eight bytes at a step while they are plain ASCII.
    mutating func string() throws(Malformed) {
        stringHasEscapes = false
        while true {
            // The place is kept in a register: this loop sees every byte of nearly every line.
            var place = offset
            while end &- place >= 8 {
                let word = UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
                let special = Self.specialBytes(UInt64(littleEndian: word))
                if special != 0 {
                    place &+= special.trailingZeroBitCount &>> 3
                    break
                }
                place &+= 8
            }
            while place < end, Self.isPlain(base[place]) { place &+= 1 }
            offset = place
            guard place < end else { throw fault("a string that is not closed") }
            if base[place] == UInt8(ascii: "\"") {
                offset = place &+ 1
                return
            }
            try special(base[place])
        }
    }

    /// Walks an escape or a multibyte sequence, and refuses a control character.
    @inline(never)
    private mutating func special(_ byte: UInt8) throws(Malformed) {
        if byte == UInt8(ascii: "\\") {
            try escape()
        } else if byte >= 0x80 {
            try multibyte(lead: byte)
        } else {
            throw fault("a raw control character in a string")
        }
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The top bit of each byte that ends plain text: a quote, a backslash, a control character, a byte above ASCII.
    /// Only the lowest set bit may be relied on, since a borrow can spill upwards.
    @inline(__always)
    private static func specialBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let found = (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word
        return found & (ones &* 0x80)
    }

    private mutating func escape() throws(Malformed) {
        stringHasEscapes = true
        guard end - offset >= 2 else { throw fault("a string that is not closed") }
        switch base[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"): try unicodeEscape()
        default: throw fault("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(Malformed) {
        let start = offset
        let unit = try codeUnit()
        switch unit {
        case 0xD800..<0xDC00:
            guard end - offset >= 2, base[offset] == UInt8(ascii: "\\"), base[offset + 1] == UInt8(ascii: "u") else {
                return noteLoneSurrogate(at: start)
            }
            let before = offset
            if !(0xDC00..<0xE000).contains(try codeUnit()) {
                offset = before
                noteLoneSurrogate(at: start)
            }
        case 0xDC00..<0xE000: noteLoneSurrogate(at: start)
        default: break
        }
    }

    private mutating func noteLoneSurrogate(at offset: Int) {
        if loneSurrogate == nil { loneSurrogate = offset }
    }

    /// Reads `\uXXXX`, which is next.
    private mutating func codeUnit() throws(Malformed) -> UInt16 {
        guard end - offset >= 6 else { throw fault("a \\u escape that is cut short") }
        var unit: UInt16 = 0
        for index in offset + 2..<offset + 6 {
            guard let digit = hexadecimalDigit(base[index]) else { throw fault("a \\u escape without four digits") }
            unit = unit << 4 | UInt16(digit)
        }
        offset += 6
        return unit
    }

    /// Walks one UTF-8 sequence of two to four bytes; overlong forms, surrogates and values above U+10FFFF are refused.
    private mutating func multibyte(lead: UInt8) throws(Malformed) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fault("invalid UTF-8")
        }
        guard end - offset >= length, second.contains(base[offset + 1]) else { throw fault("invalid UTF-8") }
        for index in 2..<max(2, length) where base[offset + index] & 0xC0 != 0x80 { throw fault("invalid UTF-8") }
        offset += length
    }
}
