import Wire

/// Splits a text that comes in pieces into lines, ended by LF, CR or both.
struct Lines {
    /// The number of the last line, from 1.
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
        let text = String(decoding: rest, as: UTF8.self)
        rest.removeAll(keepingCapacity: true)
        try each(text.trimmingSpace, number)
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmingSpace: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }

    /// The text without white space at its ends; nil when that is empty.
    var known: String? {
        let text = trimmingSpace
        return text.isEmpty ? nil : text
    }
}
