/// The words of a line in a file that people write: contract, section 4.
///
/// White space separates them. Quotation marks count only at the beginning of a word, and a backslash only between `"`
/// or before white space: passwords were written bare before quoting existed, and may have such signs elsewhere.
package enum Words {
    /// What is wrong with a line; it never reveals what the line contains.
    package struct Mistake: Error, Equatable {
        package let message: String

        package init(message: String) { self.message = message }
    }

    private static let (quote, apostrophe, backslash) = (
        UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\")
    )

    /// The words of a line, as their bytes, in order; quotation marks keep white space in a word.
    ///
    /// - Throws: ``Mistake``, which says what is wrong with the line.
    package static func parsed(_ line: some Sequence<UInt8>) throws(Mistake) -> [[UInt8]] {
        var rest = ArraySlice(Array(line))
        var words: [[UInt8]] = []
        while true {
            rest = rest.drop(while: isSpace)
            guard let first = rest.first else { return words }
            words.append(first == quote || first == apostrophe ? try quoted(&rest) : plain(&rest))
        }
    }

    /// A text written as one word, quoted where needed.
    package static func written(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) throws(Mistake) -> [UInt8] {
        let mark = rest.removeFirst()
        var word: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == mark {
                guard rest.first.map(isSpace) ?? true else {
                    throw Mistake(message: "something stands right behind a closing quotation mark")
                }
                return word
            }
            if byte == backslash, mark == quote, let next = rest.first, next == quote || next == backslash {
                word.append(rest.removeFirst())
            } else {
                word.append(byte)
            }
        }
        throw Mistake(message: "a quotation mark is not closed")
    }

    private static func plain(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var word: [UInt8] = []
        while let byte = rest.first, !isSpace(byte) {
            rest.removeFirst()
            // At the end of a line a backslash is the end of a password.
            let isInFront = rest.first.map(isSpace) ?? false
            if byte == backslash, isInFront, !rest.allSatisfy(isSpace) {
                word.append(rest.removeFirst())
            } else {
                word.append(byte)
            }
        }
        return word
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [9, 13, 32].contains(byte) }
}
