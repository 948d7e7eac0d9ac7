import Files
import Wire

extension Template {
    /// The template for a file's place in the library when no other is given.
    package static let standard = "%albumartist%/%album%/{%multidisc%-}{%track% - }%title%"

    /// Reads a template that may name these fields.
    ///
    /// - Throws: `bad_template` (`permanent`), which says what is wrong with it.
    package init(_ text: String, fields: [Field] = Field.ofTracks) throws(Failure) {
        var parser = Parser(rest: text[...], fields: fields)
        pieces = try parser.pieces(inGroup: false)
        let parts = Self.skeleton(pieces).split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("") { throw Parser.wrong("begins or ends with a /, has two in a row, or is empty") }
        if let part = parts.first(where: { $0.allSatisfy { " .-".contains($0) } }) {
            throw Parser.wrong("has the part \"\(part)\", which is not a name: all paths begin in the library")
        }
    }

    /// The names that cannot be used as the template has them, and what they become, in order; a `…` stands for a
    /// value.
    package var changedNames: [(text: String, name: String)] {
        Self.skeleton(pieces).split(separator: "/").map { (String($0), FileName.segment(String($0))) }
            .filter { $0.0 != $0.1 }
    }

    /// The template's own text, with a `…` in place of each value.
    private static func skeleton(_ pieces: [Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .value: "…"
            case .group(let inner): skeleton(inner)
            }
        }.joined()
    }

    private struct Parser {
        var rest: Substring
        let fields: [Field]

        static func wrong(_ what: String) -> Failure { .permanent("bad_template", "the template \(what)") }

        /// Reads up to the end, or to the `}` of the group.
        mutating func pieces(inGroup: Bool) throws(Failure) -> [Piece] {
            var pieces: [Piece] = []
            while let next = rest.first {
                if let literal = ["%%", "{{", "}}"].first(where: rest.hasPrefix) {
                    rest.removeFirst(2)
                    pieces.append(.text(String(literal.prefix(1))))
                    continue
                }
                switch next {
                case "%": pieces.append(.value(try value()))
                case "{": pieces.append(try group())
                case "}" where inGroup:
                    rest.removeFirst()
                    return pieces
                case "}": throw Self.wrong("has a } with no { before it; a } itself is written }}")
                default: pieces.append(.text(take { !"%{}".contains($0) }))
                }
            }
            if inGroup { throw Self.wrong("has a { with no } after it; a { itself is written {{") }
            return pieces
        }

        private mutating func group() throws(Failure) -> Piece {
            rest.removeFirst()
            return .group(try pieces(inGroup: true))
        }

        /// Reads `%choice|choice%`.
        private mutating func value() throws(Failure) -> Value {
            var choices: [Choice] = []
            repeat {
                rest.removeFirst()
                choices.append(try choice())
            } while rest.first == "|"
            guard rest.popFirst() == "%" else { throw Self.wrong("has a % with no other; a % itself is written %%") }
            return Value(choices: choices)
        }

        /// Reads `"literal"`, `field` or `field:width`.
        private mutating func choice() throws(Failure) -> Choice {
            if rest.first == "\"" { return .literal(try literal()) }
            let name = take { !"|%:/{}\"".contains($0) }
            if name.isEmpty { throw Self.wrong("has a % that names no field; a % itself is written %%") }
            guard let field = Field(rawValue: name), fields.contains(field) else {
                throw Self.wrong("names the field \"\(name)\", which is none of: \(Field.list(fields))")
            }
            guard rest.first == ":" else { return .field(field, width: nil) }
            rest.removeFirst()
            let digits = take { $0.isASCII && $0.isNumber }
            guard field.width != nil, let width = Int(digits), (1...20).contains(width) else {
                throw Self.wrong("has a width of \(name) that is not 1 to 20, or on a field that is not a number")
            }
            return .field(field, width: width)
        }

        private mutating func literal() throws(Failure) -> String {
            rest.removeFirst()
            let text = take { $0 != "\"" }
            guard rest.popFirst() == "\"" else { throw Self.wrong("has a \" with no \" after it") }
            return text
        }

        private mutating func take(while isWanted: (Character) -> Bool) -> String {
            let taken = rest.prefix(while: isWanted)
            rest = rest[taken.endIndex...]
            return String(taken)
        }
    }
}
