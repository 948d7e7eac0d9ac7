import Yams

extension Node {
    /// Whether it is a string, and not what YAML takes for a number, a date or a boolean.
    var isText: Bool { scalar != nil && tag == Tag(.str) }

    var isInteger: Bool { scalar != nil && tag == Tag(.int) }

    /// A scalar's own text, whatever it looks like; nil for a null, or one with a custom tag.
    var word: String? {
        let known: [Tag.Name] = [.str, .int, .float, .bool, .timestamp, .merge, .value]
        return known.contains { tag == Tag($0) } ? scalar?.string : nil
    }

    /// How messages quote it.
    var excerpt: String {
        switch self {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        case .scalar(let scalar):
            if tag == Tag(.null) { return "nothing" }
            let text = scalar.string.replacing("\n", with: " ")
            let short = text.count <= 40 ? text : "\(text.prefix(40))…"
            return isText ? "the string \"\(short)\"" : short
        }
    }

    /// How a string of plain words would be written as a list.
    var asList: String? {
        guard isText, let words = scalar?.string.split(separator: " "), !words.isEmpty, words.count <= 10 else {
            return nil
        }
        let isPlain = words.allSatisfy { $0.utf8.allSatisfy { !"\"'[]{},#:&*!|>%@`\\$\n".utf8.contains($0) } }
        return isPlain ? "[\(words.joined(separator: ", "))]" : nil
    }
}
