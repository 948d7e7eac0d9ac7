/// What a reference asks for itself alone, as in `playlist:3?formats=mp3_320`.
package struct ReferenceOptions: Equatable, Sendable {
    /// Formats or qualities to take, best first; empty for those that are taken anyway.
    package private(set) var formats: [String] = []
    /// Which of an artist's releases to take; empty for those that are taken anyway.
    package private(set) var include: [ReleaseType] = []

    /// As it is written behind a `?`.
    package var text: String {
        let parts = [("formats", formats), ("include", include.map(\.rawValue))].filter { !$0.1.isEmpty }
        return parts.map { "\($0)=\($1.joined(separator: ","))" }.joined(separator: "&")
    }

    /// What holds for the tracks of a collection that was asked for with these; nil for nothing.
    package var ofTracks: ReferenceOptions? {
        guard !formats.isEmpty else { return nil }
        var options = self
        options.include = []
        return options
    }

    /// Nil for a text that is not all known options with values that they can have.
    init?(_ text: Substring) {
        for part in text.split(separator: "&", omittingEmptySubsequences: false) {
            let (name, value) = Self.divided(part)
            let words = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard words.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else { return nil }
            switch name {
            case "formats" where formats.isEmpty: formats = words
            case "include" where include.isEmpty:
                include = words.compactMap { ReleaseType(rawValue: $0) }
                if include.count != words.count { return nil }
            default: return nil
            }
        }
    }

    /// A reference without its options, and these. What only looks like options belongs to the id, and so does all of a
    /// reference that ends with a further `?`.
    static func cut(_ text: String) -> (plain: String, options: ReferenceOptions?) {
        guard text.utf8.contains(UInt8(ascii: "?")), let mark = text.lastIndex(of: "?") else { return (text, nil) }
        let (plain, rest) = (String(text[..<mark]), text[text.index(after: mark)...])
        if rest.isEmpty { return (seem(behind: plain) ? plain : text, nil) }
        return ReferenceOptions(rest).map { (plain, $0) } ?? (text, nil)
    }

    /// Whether an id could be taken for one with options.
    static func seem(behind id: String) -> Bool {
        id.utf8.contains(UInt8(ascii: "?")) && (unknown(in: id) != nil || cut(id).options != nil)
    }

    /// The part of a text that looks like options, and is none; nil for a text without it.
    static func unknown(in text: String) -> Substring? {
        guard let mark = text.lastIndex(of: "?"), case let rest = text[text.index(after: mark)...],
            case let name = rest.prefix(while: { $0 != "=" }), name.count < rest.count, !name.isEmpty,
            name.allSatisfy({ $0.isLetter || "-_".contains($0) }), ReferenceOptions(rest) == nil
        else { return nil }
        return rest
    }

    private static func divided(_ part: Substring) -> (name: Substring, value: Substring) {
        let parts = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts[0], parts.count > 1 ? parts[1] : "")
    }
}

extension Reference {
    /// What is wrong with the options of a written reference; nil if nothing is.
    package static func mistake(in text: String) -> String? {
        guard let reference = Reference(text) else { return nil }
        if reference.kind != .artist, reference.options?.include.isEmpty == false {
            return "\(text) has the option include, which is for artists"
        }
        guard let rest = ReferenceOptions.unknown(in: text) else { return nil }
        let releases = ReleaseType.allCases.map(\.rawValue).joined(separator: ",")
        return
            "\(rest) behind the ? of \(text) is no option; there are formats=LIST and, for an artist, include=\(releases)"
            + "; if it belongs to the id, write a further ? at the end"
    }

    /// The text of a reference without its options.
    package static func plain(_ text: String) -> String { ReferenceOptions.cut(text).plain }
}
