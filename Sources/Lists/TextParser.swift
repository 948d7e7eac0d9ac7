import Wire

/// One link, reference, or `Artist - Title` per line; a line that begins with `#`, `;` or `]` is a comment.
struct TextParser: ListParser {
    let header = ListHeader()
    private var lines = Lines()

    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        var found: [ListEntry?] = []
        try lines.read(bytes, "list") { line, number throws(Failure) in found.append(Self.entry(line, number)) }
        entries += found.compactMap(\.self)
    }

    mutating func finish(_ entries: inout [ListEntry]) throws(Failure) {
        var last: ListEntry?
        try lines.finish { line, number throws(Failure) in last = Self.entry(line, number) }
        if let last { entries.append(last) }
    }

    private static func entry(_ line: String, _ number: Int) -> ListEntry? {
        guard let first = line.first, !"#;]".contains(first) else { return nil }
        var entry = ListEntry()
        if !isPath(line), let (artist, title) = artistAndTitle(line) {
            (entry.artist, entry.title) = (artist, title)
        } else {
            (entry.location, entry.line) = (line, number)
        }
        return entry
    }

    /// Whether it has a scheme, begins like a path, or has the extension of a file.
    private static func isPath(_ line: String) -> Bool {
        line.contains("://") || ["/", "./", "../", "~", "\\"].contains { line.hasPrefix($0) }
            || Format(link: line) != nil || leadsElsewhere(line)
    }
}
