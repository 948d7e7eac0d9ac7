import Foundation

/// Names as people spell them, with what spellings of one name differ in folded away: case, accents, width, compatibility
/// forms, quotes and punctuation. Letters that are different letters in their own script stay so.
package enum Spelling {
    /// What all spellings of a name have in common, with no spaces; never empty for a text in which there is something to see.
    package static func key(_ text: String) -> String { key(words(text), of: text) }

    /// The same of an artist's name: `The Band`, `Band, The` and `Band` are one, and so are `A & B` and `A and B`.
    static func artistKey(_ name: String) -> String {
        var words = words(name)
        if words.count > 1, words.last == "the" { words.removeLast() }
        if words.count > 1, words.first == "the" { words.removeFirst() }
        let inside = words.indices.dropFirst().dropLast()
        return key(words.indices.filter { !(inside.contains($0) && words[$0] == "and") }.map { words[$0] }, of: name)
    }

    /// A name of signs alone, such as `!!!`, is those signs.
    static func key(_ words: [String], of text: String) -> String {
        guard !words.isEmpty else { return folded(text).filter { !$0.isWhitespace } }
        return words.dropFirst().reduce(into: words[0]) { key, word in
            // 9 9 is not 99.
            if key.last?.isNumber == true, word.first?.isNumber == true { key += " " }
            key += word
        }
    }

    /// The letters and numbers of a text, in words.
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

    /// In compatibility form, taken apart, in small letters.
    private static func folded(_ text: String) -> String {
        let small = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : unicodeFolded(text)
        guard small.utf8.contains(UInt8(ascii: "'")) else { return small }
        return small.replacing("'n'", with: " n ").replacing("'n ", with: " n ")
    }

    private static func unicodeFolded(_ text: String) -> String {
        let plain = text.unicodeScalars.filter { !trademarks.contains($0) }
        let apart = String(String.UnicodeScalarView(plain)).decomposedStringWithCompatibilityMapping
        // Up and down again: that folds more than one way does, as in "Straße" and "STRASSE".
        return apart.uppercased().lowercased().replacing("\u{2019}", with: "'")
    }

    private static let trademarks: Set<Unicode.Scalar> = ["™", "®", "©", "℗"]
}

/// Where in a text a scalar stands: behind which, before which, and on which base a mark sits.
struct Position {
    let before: Unicode.Scalar?
    let rest: ArraySlice<Unicode.Scalar>
    let base: Unicode.Scalar?

    private var after: Unicode.Scalar? { rest.first }
    var isBehindLetter: Bool { before?.properties.isAlphabetic == true }
    var isBeforeLetter: Bool { after?.properties.isAlphabetic == true }

    /// As the comma does in `10,000`.
    var isWithinNumber: Bool {
        before?.isDigit == true && rest.count >= 3 && rest.prefix(3).allSatisfy(\.isDigit)
            && rest.dropFirst(3).first?.isDigit != true
    }
}

/// What a scalar of a folded text is for its key.
enum Sense: Equatable {
    case text(String)
    case word(String)
    case gap
    case nothing
}
