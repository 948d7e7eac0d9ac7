import Wire

/// The lines of a text that comes in pieces: ended by LF, CR or both, in UTF-8, or in what Windows wrote before it.
struct Lines {
    /// Of the last line, from 1.
    private(set) var number = 0
    private var rest: [UInt8] = []
    private var isAfterCR = false

    mutating func read(_ bytes: [UInt8], _ format: String, _ each: (String, Int) throws(Failure) -> Void)
        throws(Failure)
    {
        for byte in bytes {
            defer { isAfterCR = byte == 13 }
            guard byte == 10 || byte == 13 else {
                rest.append(byte)
                guard rest.count <= maximumTextBytes else { throw badList(format, number + 1, "it is too long") }
                continue
            }
            if byte == 10, isAfterCR { continue }
            try end(each)
        }
    }

    mutating func finish(_ each: (String, Int) throws(Failure) -> Void) throws(Failure) {
        if !rest.isEmpty { try end(each) }
    }

    private mutating func end(_ each: (String, Int) throws(Failure) -> Void) throws(Failure) {
        number += 1
        if number == 1, rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
        let text = String(validating: rest, as: UTF8.self) ?? Self.windows1252(rest)
        rest.removeAll(keepingCapacity: true)
        try each(text.trimmingSpace, number)
    }

    private static func windows1252(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            let isSpecial = (0x80..<0xA0).contains(byte)
            text.append(isSpecial ? special[Int(byte) - 0x80] : Unicode.Scalar(byte))
        }
        return String(text)
    }

    /// What Windows has where Latin-1 has control characters; five places are free.
    private static let special = Array(
        "\u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}\u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}"
            .unicodeScalars)
}

extension StringProtocol {
    /// Without white space at its ends.
    var trimmingSpace: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }

    /// Nil for nothing.
    var known: String? {
        let text = trimmingSpace
        return text.isEmpty ? nil : text
    }
}
