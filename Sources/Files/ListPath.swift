/// A file on this machine that lists tracks, as somebody asks for it.
package enum ListPath {
    /// Whether a text that is nothing else is the path of one: it has a folder, or the ending of a list.
    package static func isOne(_ text: String) -> Bool {
        text.contains("/") || endings.contains { text.lowercased().hasSuffix(".\($0)") }
    }

    /// The id of the list in that file.
    package static func id(_ path: String) -> String {
        "\(WebLink.list):playlist:\(SHA256.of(absolute(path)).prefix(32))"
    }

    private static let endings = [
        "m3u", "m3u8", "pls", "xspf", "csv", "tsv", "txt", "list", "urls", "rss", "xml", "atom"
    ]
}
