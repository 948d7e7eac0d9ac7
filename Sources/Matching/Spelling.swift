import Foundation

/// Names as people spell them, with differences between spellings of one name folded away: case, accents, width,
/// compatibility forms, quotes and punctuation. Letters that differ in their own script stay different.
package enum Spelling {
    /// The key that all spellings of a name share, without spaces; never empty for a text with anything visible in it.
    package static func key(_ text: String) -> String { plainKey(text) ?? key(words(text), of: text) }

    /// The key of an artist's name: `The Band`, `Band, The` and `Band` share one, and so do `A & B` and `A and B`.
    static func artistKey(_ name: String) -> String {
        var words = words(name)
        if words.count > 1, words.last == "the" { words.removeLast() }
        if words.count > 1, words.first == "the" { words.removeFirst() }
        let inside = words.indices.dropFirst().dropLast()
        return key(words.indices.filter { !(inside.contains($0) && words[$0] == "and") }.map { words[$0] }, of: name)
    }

    /// The key of a text's words; a name of signs alone, such as `!!!`, is its own key.
    static func key(_ words: [String], of text: String) -> String {
        guard !words.isEmpty else { return folded(text).filter { !$0.isWhitespace } }
        return words.dropFirst().reduce(into: words[0]) { key, word in
            // 9 9 is not 99.
            if key.last?.isNumber == true, word.first?.isNumber == true { key += " " }
            key += word
        }
    }

    /// The words of a text, in order, with only their letters and numbers.
    static func words(_ text: String) -> [String] {
        let scalars = Array(folded(text).unicodeScalars)
        var words = [""]
        var base: Unicode.Scalar?
        for (index, scalar) in scalars.enumerated() {
            let place = Position(
                before: index > 0 ? scalars[index - 1] : nil, rest: scalars[(index + 1)...], base: base)
            switch scalar.sense(at: place) {
            case .text(let text): words[words.count - 1] += text
            case .word(let word): words += [word, ""]
            case .gap: words.append("")
            case .nothing: continue
            }
            if !scalar.isMark { base = scalar }
        }
        words.removeAll(where: \.isEmpty)
        // Rock 'n' roll, but not T.N.T.
        for index in words.indices.dropFirst().dropLast() where words[index] == "n" {
            if words[index - 1].count > 1, words[index + 1].count > 1 { words[index] = "and" }
        }
        return words
    }

    /// The text in lower case, in compatibility form and decomposed.
    private static func folded(_ text: String) -> String {
        let small = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : unicodeFolded(text)
        guard small.utf8.contains(UInt8(ascii: "'")) else { return small }
        return small.replacing("'n'", with: " n ").replacing("'n ", with: " n ")
    }

    private static func unicodeFolded(_ text: String) -> String {
        let plain = text.unicodeScalars.filter { !trademarks.contains($0) }
        let apart = String(String.UnicodeScalarView(plain)).decomposedStringWithCompatibilityMapping
        // Upper, then lower: that folds more than either alone, as in "Straße" and "STRASSE".
        return apart.uppercased().lowercased().replacing("\u{2019}", with: "'")
    }

    private static let trademarks: Set<Unicode.Scalar> = ["™", "®", "©", "℗"]
}

/// A scalar's position in a text: the scalars before and after it, and the base of a mark.
struct Position {
    let before: Unicode.Scalar?
    let rest: ArraySlice<Unicode.Scalar>
    let base: Unicode.Scalar?

    private var after: Unicode.Scalar? { rest.first }
    var isBehindLetter: Bool { before?.properties.isAlphabetic == true }
    var isBeforeLetter: Bool { after?.properties.isAlphabetic == true }

    /// Whether it is inside a number, as the comma is in `10,000`.
    var isWithinNumber: Bool {
        before?.isDigit == true && rest.count >= 3 && rest.prefix(3).allSatisfy(\.isDigit)
            && rest.dropFirst(3).first?.isDigit != true
    }
}

/// What a scalar of a folded text means for its key.
enum Sense: Equatable {
    case text(String)
    case word(String)
    case gap
    case nothing
}
