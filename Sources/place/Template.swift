/// How a record's path in the library is made from what is known of it.
struct Template {
    enum Piece {
        /// From the template itself: a `/` in it divides folders.
        case text(String)
        case value(Value)
        /// Left out when a value in it is unknown.
        case group([Piece])
    }

    /// The first of its choices that is known.
    struct Value {
        let choices: [Choice]
    }

    enum Choice {
        case field(Field, width: Int?)
        case literal(String)
    }

    let pieces: [Piece]

    /// Whether each album has a folder of its own: the one that its files lie in is named after it.
    var hasAlbumFolders: Bool {
        var segments: [Set<Field>] = [[]]
        for piece in pieces.flatMap(\.flattened) {
            switch piece {
            case .text(let text): segments += Array(repeating: [], count: text.utf8.count { $0 == UInt8(ascii: "/") })
            case .value(let value): segments[segments.count - 1].formUnion(value.fields)
            case .group: break
            }
        }
        return segments.dropLast().last?.contains(.album) ?? false
    }

    /// The path's parts, not yet safe as names: the last is the file's, without its extension.
    func segments(_ values: FieldValues) -> [String] {
        var segments = [""]
        for piece in pieces.flatMap({ $0.expanded(values) }) {
            switch piece {
            case .text(let text):
                let parts = text.split(separator: "/", omittingEmptySubsequences: false)
                segments[segments.count - 1] += parts.first ?? ""
                segments += parts.dropFirst().map(String.init)
            case .value(let value): segments[segments.count - 1] += value.text(values)
            case .group: break
            }
        }
        return segments
    }
}

extension Template.Piece {
    /// Itself, or what is in the group.
    fileprivate var flattened: [Self] {
        guard case .group(let pieces) = self else { return [self] }
        return pieces.flatMap(\.flattened)
    }

    /// With each group as its pieces, or as nothing.
    fileprivate func expanded(_ values: FieldValues) -> [Self] {
        guard case .group(let pieces) = self else { return [self] }
        return pieces.allSatisfy { $0.isKnown(values) } ? pieces.flatMap { $0.expanded(values) } : []
    }

    /// A group within a group leaves only itself out.
    private func isKnown(_ values: FieldValues) -> Bool {
        if case .value(let value) = self { value.known(values) != nil } else { true }
    }
}

extension Template.Value {
    fileprivate var fields: [Field] {
        choices.compactMap { choice in
            if case .field(let field, _) = choice { field } else { nil }
        }
    }

    fileprivate func known(_ values: FieldValues) -> String? {
        for choice in choices {
            switch choice {
            case .literal(let text): return text
            case .field(let field, let width):
                if let text = values[field] { return Self.padded(text, width ?? field.width ?? 0) }
            }
        }
        return nil
    }

    fileprivate func text(_ values: FieldValues) -> String {
        if let known = known(values) { return known }
        guard case .field(let field, _) = choices.first else { return "" }
        return values.substitute(for: field)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
