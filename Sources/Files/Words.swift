/// The words of a line in a file that people write: contract, section 4.
///
/// White space stands between them. Quotation marks count at the beginning of a word alone, and a backslash between `"`,
/// or in front of white space: passwords were written as they are before there were any, and most have such signs elsewhere.
package enum Words {
    /// What is wrong with a line; it says nothing of what the line holds.
    package struct Mistake: Error, Equatable {
        package let message: String

        package init(message: String) { self.message = message }
    }

    private static let (quote, apostrophe, backslash) = (
        UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\")
    )

    /// The words of a line, as their bytes, in order: white space divides them, and quotation marks hold it
    /// together.
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

    /// A text as one word.
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
            // At the end of a line it is the end of a password.
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
