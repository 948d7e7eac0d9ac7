/// One JSON value, kept as its exact text: numbers and strings leave as they came.
package struct JSON: Sendable {
    /// The value's text, known to be well formed; white space around it is left out.
    package let text: ArraySlice<UInt8>

    /// Checks a whole text: RFC 8259, strict UTF-8, no lone surrogate, at most `maximumDepth` levels of nesting.
    ///
    /// - Throws: ``Malformed``, with the offset at which it goes wrong.
    package init(parsing bytes: [UInt8], maximumDepth: Int = Record.maximumDepth) throws(Malformed) {
        let range = try bytes.scanning(maximumDepth: maximumDepth) { scanner throws(Malformed) in
            let range = try scanner.document()
            if let offset = scanner.loneSurrogate { throw Malformed(what: "a lone surrogate", offset: offset) }
            return range
        }
        text = bytes[range]
    }

    /// `text` must be one well-formed value.
    init(trusted text: ArraySlice<UInt8>) { self.text = text }

    var isNull: Bool { text.first == UInt8(ascii: "n") }

    package var boolean: Bool? {
        switch text.first {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    package var string: String? {
        guard text.first == UInt8(ascii: "\"") else { return nil }
        return text.withUnsafeBufferPointer { decodeString(UnsafeBufferPointer(rebasing: $0[1..<$0.count - 1])) }
    }

    /// A number written as an integer that fits; `1.0` and `1e2` are not.
    package var integer: Int? { text.withUnsafeBufferPointer { Int(digits: $0) } }

    /// Nil for one that is too large for a `Double`.
    package var number: Double? {
        guard isNumber, let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
        return number
    }

    package var object: JSONObject? { JSONObject(self) }

    /// The elements of an array; empty for any other value.
    package var elements: [JSON] {
        guard text.first == UInt8(ascii: "[") else { return [] }
        var elements: [JSON] = []
        text.scanTrusted { scanner in
            _ = try? scanner.array(0, depth: 1) { range in
                let start = text.startIndex
                elements.append(JSON(trusted: text[start + range.lowerBound..<start + range.upperBound]))
            }
        }
        return elements
    }

    /// The elements of a list as converters from XML write it: a list of one as that element, an empty list as
    /// `null`, `""` or `{}`.
    package var listed: [JSON] {
        if isArray { return elements }
        if let object { return object.names.isEmpty ? [] : [self] }
        return string.map { !$0.isEmpty } ?? isNumber ? [self] : []
    }

    /// The object, or the first element of a list where that is one.
    package var single: JSONObject? { object ?? elements.first?.object }

    package var isArray: Bool { text.first == UInt8(ascii: "[") }

    private var isNumber: Bool {
        text.first.map { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }
}

extension JSON {
    package static func string(_ value: String) -> JSON { JSON(trusted: encodeString(value)[...]) }
    package static func integer(_ value: Int) -> JSON { JSON(trusted: Array(String(value).utf8)[...]) }
    package static func boolean(_ value: Bool) -> JSON { JSON(trusted: Array((value ? "true" : "false").utf8)[...]) }
    package static func strings(_ values: [String]) -> JSON { array(values.map(JSON.string)) }

    /// A whole number is written without a fraction; `value` must be finite.
    package static func number(_ value: Double) -> JSON {
        Int(exactly: value).map(JSON.integer) ?? JSON(trusted: Array(value.description.utf8)[...])
    }

    package static func array(_ values: [JSON]) -> JSON {
        var text: [UInt8] = [UInt8(ascii: "[")]
        for value in values {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text += value.text
        }
        text.append(UInt8(ascii: "]"))
        return JSON(trusted: text[...])
    }
}

extension Int {
    /// The number that `digits` write in decimal, perhaps after a minus; nil for anything else, or where it does not fit.
    init?(digits: UnsafeBufferPointer<UInt8>) {
        // Eighteen digits fit whatever they are, and nearly every number is shorter.
        guard 1...18 ~= digits.count else {
            self.init(String(decoding: digits, as: UTF8.self))
            return
        }
        let isNegative = digits.first == UInt8(ascii: "-")
        var value = 0
        for index in (isNegative ? 1 : 0)..<digits.count {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        self = isNegative ? -value : value
    }
}

extension RandomAccessCollection<UInt8> where Self: Sendable {
    /// Runs a scanner over the bytes; offsets count from the first of them.
    func scanning<Result>(
        maximumDepth: Int, _ body: (inout Scanner) throws(Malformed) -> Result
    ) throws(Malformed) -> Result {
        var outcome: Swift.Result<Result, Malformed>?
        withContiguousStorageIfAvailable { buffer in
            var scanner = Scanner(buffer, maximumDepth: maximumDepth)
            do throws(Malformed) { outcome = .success(try body(&scanner)) } catch { outcome = .failure(error) }
        }
        guard let outcome else { throw Malformed(what: "bytes that do not lie in one piece", offset: 0) }
        return try outcome.get()
    }

    /// Runs a scanner over text that was checked before, so that nothing in it can be malformed.
    func scanTrusted(_ body: (inout Scanner) -> Void) {
        withContiguousStorageIfAvailable { buffer in
            var scanner = Scanner(trusted: buffer)
            body(&scanner)
        }
    }
}

/// Why some bytes are not a JSON text that we accept.
package struct Malformed: Error, Equatable, CustomStringConvertible {
    /// What was found, in words for people.
    package let what: String
    /// The offset in bytes from the start of the text.
    package let offset: Int

    package var description: String { "\(what) at byte \(offset)" }
}
