/// A title without what follows it: guests, and remarks about the edition.
package struct Title {
    /// The title as it was written, without these.
    package private(set) var name: String
    private(set) var guests: [String] = []
    private(set) var editions: Set<Edition> = []
    /// Whether there was a meaningless remark, such as `Official Video`.
    private(set) var hasRemark = false

    package init(_ text: String) {
        name = text
        var kept: [String] = []
        var rest = Substring(text.map { Self.brackets[$0] ?? $0 })
        while let (head, tail) = Self.cut(rest) {
            // Numbers of parts, and unknown remarks, belong to the title.
            if !parse(tail) { kept.insert(String(tail), at: 0) }
            rest = head
        }
        name = ([String(rest)] + kept).joined(separator: " ")
    }

    /// The key that spellings of the title share: `Pt. 2` is `Part II`.
    package var key: String { Spelling.key(Self.numbered(Spelling.words(name)), of: name) }

    /// Whether the titles name the same edition.
    package func isSameEdition(as other: Title) -> Bool { editions == other.editions }

    private mutating func parse(_ tail: Substring) -> Bool {
        let words = tail.split(whereSeparator: \.isWhitespace)
        guard let start = words.firstIndex(where: { Self.leadsGuests($0) }), start + 1 < words.count else {
            return takeRemark(tail)
        }
        if start > 0, !takeRemark(tail[..<words[start].startIndex]) { return false }
        guests.append(String(tail[words[start + 1].startIndex...]))
        return true
    }

    private mutating func takeRemark(_ remark: Substring) -> Bool {
        if let guests = Self.companions(remark) {
            self.guests.append(guests)
            return true
        }
        if Edition.isPlain(String(remark)) {
            hasRemark = true
            return true
        }
        let found = Edition.editions(in: String(remark))
        editions.formUnion(found)
        return !found.isEmpty
    }

    private static func leadsGuests(_ word: Substring) -> Bool {
        ["feat", "feat.", "ft", "ft.", "featuring"].contains(word.lowercased())
    }

    /// The artists named by `with B`; nil for the likes of `With Me`.
    private static func companions(_ remark: Substring) -> String? {
        let words = remark.split(whereSeparator: \.isWhitespace)
        let rest = words.drop { $0.lowercased() == "duet" }.dropFirst()
        guard let with = words.first(where: { $0.lowercased() != "duet" }), ["with", "w/"].contains(with.lowercased()),
            let first = rest.first, !notNames.contains(first.lowercased())
        else { return nil }
        return rest.joined(separator: " ")
    }

    private static let notNames: Set<String> = [
        "a", "all", "an", "every", "her", "him", "it", "love", "me", "my", "no", "our", "that", "the", "them", "this",
        "us",
        "you", "your"
    ]

    private static let brackets: [Character: Character] = ["（": "(", "）": ")", "［": "[", "］": "]", "【": "[", "】": "]"]

    /// Splits off the last remark of a title: in brackets, after a dash, or guests in neither.
    private static func cut(_ text: Substring) -> (head: Substring, tail: Substring)? {
        let text = trimmed(text)
        let found = bracketed(text) ?? dashed(text) ?? guests(text)
        guard let found else { return nil }
        let (head, tail) = (trimmed(found.0), trimmed(found.1))
        return head.isEmpty || tail.isEmpty ? nil : (head, tail)
    }

    private static func bracketed(_ text: Substring) -> (Substring, Substring)? {
        guard let last = text.last, last == ")" || last == "]" else { return nil }
        var depth = 0
        for index in text.indices.reversed() {
            if ")]".contains(text[index]) { depth += 1 }
            if "([".contains(text[index]) { depth -= 1 }
            if depth == 0 { return (text[..<index], text[index...].dropFirst().dropLast()) }
        }
        return nil
    }

    private static func dashed(_ text: Substring) -> (Substring, Substring)? {
        let dashes = ["-", "–", "—", "―"].compactMap { text.ranges(of: " \($0) ").last }
        return dashes.max { $0.lowerBound < $1.lowerBound }.map { (text[..<$0.lowerBound], text[$0.upperBound...]) }
    }

    private static func guests(_ text: Substring) -> (Substring, Substring)? {
        let word = text.split(whereSeparator: \.isWhitespace).dropFirst().first(where: leadsGuests)
        return word.map { (text[..<$0.startIndex], text[$0.startIndex...]) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}

extension Title {
    /// The words, in order, with the numbers of parts and volumes written in one way.
    private static func numbered(_ words: [String]) -> [String] {
        var words = words.flatMap(parted)
        var isCounting = false
        for index in words.indices.dropFirst() {
            let name = counted[words[index - 1]]
            // Parts I-V have more than one number.
            guard isCounting || name != nil, let number = Int(words[index]) ?? numbers[words[index]] else {
                isCounting = false
                continue
            }
            words[index] = String(number)
            if let name { words[index - 1] = name }
            isCounting = true
        }
        return words
    }

    /// Splits a word such as `pt2` in two.
    private static func parted(_ word: String) -> [String] {
        let digits = word.drop { !$0.isNumber }
        let name = String(word.dropLast(digits.count))
        return counted[name] != nil && Int(digits) != nil ? [name, String(digits)] : [word]
    }

    private static let counted = [
        "pt": "part", "pts": "part", "part": "part", "parts": "part", "parte": "part", "partie": "part", "teil": "part",
        "часть": "part", "vol": "vol",
        "volume": "vol", "no": "no", "nr": "no", "number": "no"
    ]

    private static let numbers: [String: Int] = {
        let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        let romans = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
        let all = [words, romans].flatMap { $0.enumerated().map { ($0.element, $0.offset + 1) } }
        return Dictionary(uniqueKeysWithValues: all)
    }()
}
