import Glibc

/// Walks one JSON text and checks it against RFC 8259 and strict UTF-8, building nothing on the way.
///
/// Each method takes the place at which to begin and returns the place behind what it walked. A lone surrogate escape
/// is grammatical JSON that no Unicode string can hold: it is noted, not thrown, so that the rest of the text can still
/// say which record it belongs to.
///
/// Methods on the way of every byte are `mutating` even where they change nothing: the compiler would copy the whole
/// scanner for them.
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
    /// Where the text stops being UTF-8; its end where it never does.
    let validEnd: Int
    private let maximumDepth: Int
    private(set) var deepest = 0
    var loneSurrogate: Int?
    var stringHasEscapes = false

    /// `text` must outlive the scanner, and be shorter than 2 GiB.
    init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.init(text, maximumDepth: maximumDepth, validEnd: validLength(text))
    }

    /// The same for a text that was checked before.
    init(trusted text: UnsafeBufferPointer<UInt8>) {
        self.init(text, maximumDepth: .max, validEnd: text.count)
    }

    private init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int, validEnd: Int) {
        base = text.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        end = text.count
        self.validEnd = validEnd
        self.maximumDepth = maximumDepth
    }

    /// The range of the one value that the text holds, white space around it left out.
    mutating func document() throws(Malformed) -> Range<Int> {
        let start = skipWhiteSpace(0)
        return start..<(try finish(try value(start, depth: 0)))
    }

    /// The same for a text that begins with `{`, handing over the members of that object.
    mutating func document(each: (Member) -> Void) throws(Malformed) -> Range<Int> {
        let start = skipWhiteSpace(0)
        return start..<(try finish(try object(start, depth: 1, each: each)))
    }

    private mutating func finish(_ stop: Int) throws(Malformed) -> Int {
        let place = skipWhiteSpace(stop)
        guard place == end else { throw fault("bytes after the end of the value", at: place) }
        return stop
    }

    /// Walks an object, whose `{` is at `start`, handing over each member in order.
    @inline(__always)
    mutating func object(_ start: Int, depth: Int, each: (Member) -> Void) throws(Malformed) -> Int {
        var place = try enter(start, depth)
        if holds(UInt8(ascii: "}"), at: place) { return place &+ 1 }
        while true {
            guard holds(UInt8(ascii: "\""), at: place) else { throw fault("no member name", at: place) }
            let nameStart = place &+ 1
            stringHasEscapes = false
            let nameEnd = try string(nameStart) &- 1
            let nameHasEscapes = stringHasEscapes
            var valueStart = nameEnd &+ 1
            guard pass(UInt8(ascii: ":"), &valueStart) else {
                throw fault("no colon after a member name", at: valueStart)
            }
            let valueEnd = try value(valueStart, depth: depth)
            each(
                Member(
                    nameStart: Int32(truncatingIfNeeded: nameStart), nameEnd: Int32(truncatingIfNeeded: nameEnd),
                    valueStart: Int32(truncatingIfNeeded: valueStart), valueEnd: Int32(truncatingIfNeeded: valueEnd),
                    nameHasEscapes: nameHasEscapes))
            place = valueEnd
            guard pass(UInt8(ascii: ","), &place) else { break }
        }
        guard holds(UInt8(ascii: "}"), at: place) else { throw fault("an object that is not closed", at: place) }
        return place &+ 1
    }

    /// Walks an array, whose `[` is at `start`, handing over the range of each element in order.
    @inline(__always)
    mutating func array(_ start: Int, depth: Int, each: (Range<Int>) -> Void) throws(Malformed) -> Int {
        var place = try enter(start, depth)
        if holds(UInt8(ascii: "]"), at: place) { return place &+ 1 }
        while true {
            let stop = try value(place, depth: depth)
            each(place..<stop)
            place = stop
            guard pass(UInt8(ascii: ","), &place) else { break }
        }
        guard holds(UInt8(ascii: "]"), at: place) else { throw fault("an array that is not closed", at: place) }
        return place &+ 1
    }

    @inline(__always)
    private mutating func value(_ start: Int, depth: Int) throws(Malformed) -> Int {
        // Most values are strings.
        holds(UInt8(ascii: "\""), at: start) ? try string(start &+ 1) : try other(start, depth: depth)
    }

    /// Walks a value that is not a string.
    @inline(never)
    private mutating func other(_ start: Int, depth: Int) throws(Malformed) -> Int {
        guard start < end else { throw fault("no value", at: start) }
        switch base[start] {
        case UInt8(ascii: "{"): return try object(start, depth: depth + 1) { _ in }
        case UInt8(ascii: "["): return try array(start, depth: depth + 1) { _ in }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(start)
        case UInt8(ascii: "t"): return try literal("true", start)
        case UInt8(ascii: "f"): return try literal("false", start)
        case UInt8(ascii: "n"): return try literal("null", start)
        default: throw fault("no value", at: start)
        }
    }

    /// The first place inside an object or array that is not white space.
    @inline(__always)
    private mutating func enter(_ start: Int, _ depth: Int) throws(Malformed) -> Int {
        guard depth <= maximumDepth else { throw tooDeep(start) }
        deepest = max(deepest, depth)
        return skipWhiteSpace(start &+ 1)
    }

    @inline(__always)
    private mutating func literal(_ word: StaticString, _ start: Int) throws(Malformed) -> Int {
        let length = word.utf8CodeUnitCount
        guard end - start >= length, memcmp(base + start, word.utf8Start, length) == 0 else {
            throw fault("no value", at: start)
        }
        return start + length
    }

    @inline(__always)
    private mutating func number(_ start: Int) throws(Malformed) -> Int {
        var place = holds(UInt8(ascii: "-"), at: start) ? start &+ 1 : start
        place = holds(UInt8(ascii: "0"), at: place) ? place &+ 1 : try digits(place)
        if holds(UInt8(ascii: "."), at: place) { place = try digits(place &+ 1) }
        if holds(UInt8(ascii: "e"), at: place) || holds(UInt8(ascii: "E"), at: place) {
            place &+= 1
            let isSigned = holds(UInt8(ascii: "+"), at: place) || holds(UInt8(ascii: "-"), at: place)
            place = try digits(isSigned ? place &+ 1 : place)
        }
        return place
    }

    @inline(__always)
    private mutating func digits(_ start: Int) throws(Malformed) -> Int {
        var place = start
        while place < end, base[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
        guard place > start else { throw fault("a number that is not one", at: start) }
        return place
    }

    @inline(__always)
    mutating func holds(_ byte: UInt8, at place: Int) -> Bool { place < end && base[place] == byte }

    /// Passes a byte with the white space around it; false where another byte follows the white space.
    @inline(__always)
    private mutating func pass(_ byte: UInt8, _ place: inout Int) -> Bool {
        // Most texts have no white space here.
        if end &- place > 1, base[place] == byte, base[place &+ 1] > UInt8(ascii: " ") {
            place &+= 1
            return true
        }
        return passSlowly(byte, &place)
    }

    @inline(never)
    private mutating func passSlowly(_ byte: UInt8, _ place: inout Int) -> Bool {
        place = skipWhiteSpace(place)
        guard holds(byte, at: place) else { return false }
        place = skipWhiteSpace(place &+ 1)
        return true
    }

    @inline(__always)
    private mutating func skipWhiteSpace(_ start: Int) -> Int {
        var place = start
        while place < end, isWhiteSpace(base[place]) { place &+= 1 }
        return place
    }

    @inline(never)
    private func tooDeep(_ place: Int) -> Malformed {
        fault("nesting deeper than \(maximumDepth) levels", at: place)
    }

    @inline(never)
    func fault(_ what: String, at place: Int) -> Malformed {
        if place == 0, end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF {
            return Malformed(what: "a byte order mark", offset: 0)
        }
        return Malformed(what: what, offset: place)
    }
}

@inline(__always)
func isWhiteSpace(_ byte: UInt8) -> Bool {
    // Nearly every byte is above all white space.
    byte <= UInt8(ascii: " ")
        && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n"))
}

/// The number, from 0 to 15, that a hex digit stands for; nil for any other byte.
package func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
