/// How a record's path is made from what is known about it.
package struct Template {
    enum Piece {
        /// Text of the template itself: a `/` in it separates folders.
        case text(String)
        case value(Value)
        /// A group, left out when a value in it is unknown.
        case group([Piece])
    }

    /// Stands for the first of its choices that is known.
    struct Value {
        let choices: [Choice]
    }

    enum Choice {
        case field(Field, width: Int?)
        case literal(String)
    }

    let pieces: [Piece]

    /// The count of a path's parts when everything is known.
    package var depth: Int { Self.slashes(in: pieces) + 1 }

    /// The path for these values.
    package func path(_ values: FieldValues) -> NamedPath {
        var path = NamedPath()
        for piece in pieces.flatMap({ $0.expanded(values) }) {
            switch piece {
            case .text(let text): path.append(text: text)
            case .value(let value):
                let (text, field) = value.text(values)
                path.append(value: text, of: field)
            case .group: break
            }
        }
        return path
    }

    private static func slashes(in pieces: [Piece]) -> Int {
        pieces.reduce(0) { count, piece in
            switch piece {
            case .text(let text): count + text.utf8.count { $0 == UInt8(ascii: "/") }
            case .value: count
            case .group(let inner): count + slashes(in: inner)
            }
        }
    }
}

extension Template.Piece {
    /// The pieces with each group replaced by its own pieces, or left out.
    fileprivate func expanded(_ values: FieldValues) -> [Self] {
        guard case .group(let pieces) = self else { return [self] }
        return pieces.allSatisfy { $0.isKnown(values) } ? pieces.flatMap { $0.expanded(values) } : []
    }

    /// Whether every value is known; a group within a group leaves out only itself.
    private func isKnown(_ values: FieldValues) -> Bool {
        if case .value(let value) = self { value.known(values) != nil } else { true }
    }
}

extension Template.Value {
    /// The text, and the field that it came from; nil when no choice is known.
    fileprivate func known(_ values: FieldValues) -> (text: String, field: Field?)? {
        for choice in choices {
            switch choice {
            case .literal(let text): return (text, nil)
            case .field(let field, let width):
                if let text = values[field] { return (Self.padded(text, width ?? field.width ?? 0), field) }
            }
        }
        return nil
    }

    /// The text and its field, with a substitute for what is unknown.
    fileprivate func text(_ values: FieldValues) -> (text: String, field: Field?) {
        if let known = known(values) { return known }
        guard case .field(let field, _) = choices.first else { return ("", nil) }
        return (values.substitute(for: field), nil)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
