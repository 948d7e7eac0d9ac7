/// Repairs XML as it comes, so that a parser accepts it: bare `&` and `<`, HTML's named characters, control characters,
/// and anything before the first element.
///
/// Document type declarations and the contents of CDATA stay as they are. Comments and instructions are left out.
struct XMLMending {
    /// The number of places that were not XML.
    private(set) var count = 0

    private enum Place { case text, tag, comment, instruction, characterData, documentType }
    private var place = Place.text
    /// The quotation mark that ends the attribute's value, inside one.
    private var quote: UInt8?
    private var isInDocument = false
    /// The count of open brackets of a document type.
    private var depth = 0
    /// The beginning of a tag or a reference, until it is clear what it is.
    private var held: [UInt8] = []
    /// The last two bytes received.
    private var (before, last): (UInt8, UInt8) = (0, 0)
    private var text: [UInt8] = []

    private static let longestReference = 32

    mutating func read(_ bytes: [UInt8]) -> [UInt8] {
        text = []
        text.reserveCapacity(bytes.count + 64)
        for byte in bytes { mend(byte) }
        return text
    }

    /// The bytes that only the end completes.
    mutating func finish() -> [UInt8] {
        text = []
        while !held.isEmpty { letGo() }
        return text
    }

    private mutating func mend(_ byte: UInt8) {
        if held.first == UInt8(ascii: "&") { return takeReference(byte) }
        if held.first == UInt8(ascii: "<") { return takeMarkup(byte) }
        defer { (before, last) = (last, byte) }
        switch place {
        case .text where byte == UInt8(ascii: "<"), .text where byte == UInt8(ascii: "&"): held = [byte]
        case .text: if isInDocument || byte == UInt8(ascii: "\n") { put(byte) }
        case .tag: takeTag(byte)
        case .comment, .instruction:
            if byte == UInt8(ascii: "\n") { put(byte) }
            let isEnd = place == .comment ? last == UInt8(ascii: "-") && before == last : last == UInt8(ascii: "?")
            if byte == UInt8(ascii: ">"), isEnd { place = .text }
        case .characterData:
            put(byte)
            if byte == UInt8(ascii: ">"), last == UInt8(ascii: "]"), before == last { place = .text }
        case .documentType:
            put(byte)
            depth += byte == UInt8(ascii: "[") ? 1 : byte == UInt8(ascii: "]") ? -1 : 0
            if byte == UInt8(ascii: ">"), depth <= 0 { place = .text }
        }
    }

    private mutating func takeTag(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&") where quote != nil: held = [byte]
        case UInt8(ascii: "<") where quote != nil: mend("&lt;")
        case UInt8(ascii: ">") where quote == nil:
            put(byte)
            place = .text
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            put(byte)
            quote = quote == nil ? byte : quote == byte ? nil : quote
        default: put(byte)
        }
    }

    /// Continues what began with `<`.
    private mutating func takeMarkup(_ byte: UInt8) {
        held.append(byte)
        switch (held[1], held.count) {
        case (UInt8(ascii: "/"), _), (UInt8(ascii: "a")...UInt8(ascii: "z"), _),
            (UInt8(ascii: "A")...UInt8(ascii: "Z"), _), (UInt8(ascii: "_"), _), (UInt8(ascii: ":"), _), (0x80..., _):
            isInDocument = true
            enter(.tag)
        case (UInt8(ascii: "?"), _): enter(.instruction)
        case (UInt8(ascii: "!"), _):
            if held.elementsEqual("<!--".utf8) { return enter(.comment) }
            if held.elementsEqual("<![CDATA[".utf8) { return enter(.characterData) }
            if held.elementsEqual("<!DOCTYPE".utf8) { return enter(.documentType) }
            if !["<!--", "<![CDATA[", "<!DOCTYPE"].contains(where: { $0.utf8.starts(with: held) }) { letGo() }
        default: letGo()
        }
    }

    private mutating func enter(_ new: Place) {
        if new != .comment, new != .instruction { text += held }
        (held, place, quote, depth, before, last) = ([], new, nil, 0, 0, 0)
    }

    /// Continues what began with `&`.
    private mutating func takeReference(_ byte: UInt8) {
        let isName =
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (byte == UInt8(ascii: "#") && held.count == 1)
        if isName, held.count < Self.longestReference {
            held.append(byte)
        } else if byte == UInt8(ascii: ";"), let meant = reference(String(decoding: held.dropFirst(), as: UTF8.self)) {
            text += meant.utf8
            held = []
        } else {
            letGo()
            mend(byte)
        }
    }

    /// A reference in a form that a parser accepts; nil when it is not a reference.
    private mutating func reference(_ name: String) -> String? {
        if ["amp", "lt", "gt", "quot", "apos"].contains(name) { return "&\(name);" }
        if name.hasPrefix("#") {
            let isHex = name.dropFirst().lowercased().hasPrefix("x")
            guard let value = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10) else { return nil }
            return "&#\(allowed(value));"
        }
        guard let scalar = htmlCharacters[name] else { return nil }
        count += 1
        return String(scalar)
    }

    /// The number of a character that XML allows.
    private mutating func allowed(_ value: UInt32) -> UInt32 {
        switch value {
        case 9, 10, 13, 0x20...0x7F, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: return value
        case 0x80...0x9F: return windows1252(UInt8(value)).value
        default:
            count += 1
            return 0xFFFD
        }
    }

    /// Releases what was held: it was not what it looked like, and its first byte stands for itself.
    private mutating func letGo() {
        guard let first = held.first else { return }
        let rest = held.dropFirst()
        held = []
        if isInDocument { mend(first == UInt8(ascii: "&") ? "&amp;" : "&lt;") }
        for byte in rest { mend(byte) }
    }

    private mutating func mend(_ meant: String) {
        text += meant.utf8
        count += 1
    }

    /// Appends a byte; leaves out control characters, and puts U+FFFD for the two noncharacters.
    private mutating func put(_ byte: UInt8) {
        if byte < 0x20, byte != 9, byte != 10, byte != 13 {
            count += 1
        } else if byte >= 0xBE, byte <= 0xBF, before == 0xEF, last == 0xBF {
            text.append(0xBD)
            count += 1
        } else {
            text.append(byte)
        }
    }
}
