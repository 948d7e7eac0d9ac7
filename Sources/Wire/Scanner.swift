/// Walks one JSON text and checks it against RFC 8259 and strict UTF-8, building nothing on the way.
///
/// A lone surrogate escape is grammatical JSON that no Unicode string can hold: it is noted, not thrown, so that the
/// rest of the text can still say which record it belongs to.
struct Scanner {
    /// Where a member of an object is: its name without the quotes, and its value.
    struct Member {
        var nameStart: Int32
        var nameEnd: Int32
        var valueStart: Int32
        var valueEnd: Int32
        var nameHasEscapes: Bool
        /// The index, in its object's list of new values, of the value that replaces this one; -1 for none.
        var replacement: Int32 = -1

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
        /// From the opening quote of the name to the end of the value.
        var whole: Range<Int> { Int(nameStart) - 1..<Int(valueEnd) }
    }

    let base: UnsafePointer<UInt8>
    let end: Int
    private let maximumDepth: Int
    var offset = 0
    private(set) var deepest = 0
    var loneSurrogate: Int?
    var stringHasEscapes = false

    /// `text` must outlive the scanner, and be shorter than 2 GiB.
    init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        base = text.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        end = text.count
        self.maximumDepth = maximumDepth
    }

    /// The range of the one value that the text holds, white space around it left out.
    mutating func document() throws(Malformed) -> Range<Int> {
        skipWhiteSpace()
        let start = offset
        try value(depth: 0)
        return start..<(try finish())
    }

    /// The same for a text that begins with `{`, handing over the members of that object.
    mutating func document(each: (Member) -> Void) throws(Malformed) -> Range<Int> {
        skipWhiteSpace()
        let start = offset
        try object(depth: 1, each: each)
        return start..<(try finish())
    }

    private mutating func finish() throws(Malformed) -> Int {
        let stop = offset
        skipWhiteSpace()
        guard offset == end else { throw fault("bytes after the end of the value") }
        return stop
    }

    /// Walks an object whose `{` is next, handing over each member in order.
    @inline(__always)
    mutating func object(depth: Int, each: (Member) -> Void) throws(Malformed) {
        try enter(depth)
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) { return }
        repeat {
            skipWhiteSpace()
            guard take(UInt8(ascii: "\"")) else { throw fault("no member name") }
            let nameStart = offset
            try string()
            let nameEnd = offset - 1
            let nameHasEscapes = stringHasEscapes
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("no colon after a member name") }
            skipWhiteSpace()
            let valueStart = offset
            try value(depth: depth)
            each(
                Member(
                    nameStart: Int32(truncatingIfNeeded: nameStart), nameEnd: Int32(truncatingIfNeeded: nameEnd),
                    valueStart: Int32(truncatingIfNeeded: valueStart), valueEnd: Int32(truncatingIfNeeded: offset),
                    nameHasEscapes: nameHasEscapes))
            skipWhiteSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault("an object that is not closed") }
    }

    /// Walks an array whose `[` is next, handing over the range of each element in order.
    @inline(__always)
    mutating func array(depth: Int, each: (Range<Int>) -> Void) throws(Malformed) {
        try enter(depth)
        skipWhiteSpace()
        if take(UInt8(ascii: "]")) { return }
        repeat {
            skipWhiteSpace()
            let start = offset
            try value(depth: depth)
            each(start..<offset)
            skipWhiteSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault("an array that is not closed") }
    }

    private mutating func value(depth: Int) throws(Malformed) {
        guard offset < end else { throw fault("no value") }
        switch base[offset] {
        case UInt8(ascii: "\""):
            offset &+= 1
            try string()
        case UInt8(ascii: "{"): try object(depth: depth + 1) { _ in }
        case UInt8(ascii: "["): try array(depth: depth + 1) { _ in }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: throw fault("no value")
        }
    }

    private mutating func enter(_ depth: Int) throws(Malformed) {
        guard depth <= maximumDepth else { throw fault("nesting deeper than \(maximumDepth) levels") }
        deepest = max(deepest, depth)
        offset += 1
    }

    private mutating func literal(_ word: StaticString) throws(Malformed) {
        guard end - offset >= word.utf8CodeUnitCount,
            UnsafeBufferPointer(start: base + offset, count: word.utf8CodeUnitCount)
                .elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw fault("no value") }
        offset += word.utf8CodeUnitCount
    }

    private mutating func number() throws(Malformed) {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
    }

    private mutating func digits() throws(Malformed) {
        var place = offset
        while place < end, base[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
        guard place > offset else { throw fault("a number that is not one") }
        offset = place
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < end, base[offset] == byte else { return false }
        offset &+= 1
        return true
    }

    @inline(__always)
    private mutating func skipWhiteSpace() {
        while offset < end, isWhiteSpace(base[offset]) { offset &+= 1 }
    }

    func fault(_ what: String) -> Malformed {
        if offset == 0, end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            return Malformed(what: "a byte order mark", offset: 0)
        }
        return Malformed(what: what, offset: offset)
    }
}

@inline(__always)
func isWhiteSpace(_ byte: UInt8) -> Bool {
    // Nearly every byte is above all white space.
    byte <= UInt8(ascii: " ")
        && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n"))
}

func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
