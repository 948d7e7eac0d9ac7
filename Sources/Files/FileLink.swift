import Glibc

/// A text that leads to a file on this machine: a path, or a link with the scheme `file`.
package enum FileLink {
    /// Whether it has a scheme that leads elsewhere, or to another machine's files.
    package static func leadsElsewhere(_ text: String) -> Bool {
        isFile(text) ? path(text) == nil : text.contains("://")
    }

    /// The paths that a text in this folder may mean: first as it is written, then percent-decoded; empty for a text
    /// that leads elsewhere.
    package static func paths(_ text: String, beside folder: String) -> [String] {
        guard !leadsElsewhere(text) else { return [] }
        let written = path(text) ?? text
        let whole = [written, decoded(written)]
        // A link may have a query or a fragment; the name of a file has neither.
        let named = isFile(text) ? [decoded(String(written.prefix { $0 != "?" && $0 != "#" }))] : []
        let paths = (whole + named).compactMap(\.self)
        return paths.reduce(into: []) { unique, path in
            let path = absolute(path.hasPrefix("/") ? path : "\(folder)/\(path)")
            if !unique.contains(where: { $0.utf8.elementsEqual(path.utf8) }) { unique.append(path) }
        }
    }

    private static func isFile(_ text: String) -> Bool { text.prefix(5).lowercased() == "file:" }

    /// The part after the scheme and the name of this machine.
    private static func path(_ text: String) -> String? {
        guard isFile(text) else { return nil }
        let rest = text.dropFirst(5)
        guard rest.hasPrefix("//") else { return String(rest) }
        let host = rest.dropFirst(2).prefix { $0 != "/" }
        guard ["", "localhost"].contains(host.lowercased()) else { return nil }
        return String(rest.dropFirst(2 + host.count))
    }

    /// The percent-decoded text; nil where that contains a NUL or is not UTF-8.
    private static func decoded(_ text: String) -> String? {
        let bytes = percentDecoded(text.utf8)
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}
