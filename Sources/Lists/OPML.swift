import Wire

/// A list of feeds as programs exchange it.
package struct OPML {
    /// A feed, by the name that it has in a list of feeds.
    package struct Feed: Equatable, Sendable {
        package let title: String?
        package let link: String

        package init(title: String?, link: String) { (self.title, self.link) = (title, link) }
    }

    /// In their order, each link once.
    package let feeds: [Feed]

    /// - Throws: `bad_list`, which is `transient` for one that ends in the middle, or `too_large` (`permanent`).
    package init(_ bytes: [UInt8]) throws(Failure) {
        let (decoder, parser) = (TextDecoder(charset: nil), XMLList(OPMLGrammar()))
        var entries: [ListEntry] = []
        try parser.read(decoder.read(bytes), &entries)
        let rest = decoder.finish()
        if !rest.isEmpty { try parser.read(rest, &entries) }
        try parser.finish(&entries)
        var seen: Set<String> = []
        feeds = entries.compactMap { entry in
            guard let link = entry.location, seen.insert(link).inserted else { return nil }
            return Feed(title: entry.title, link: link)
        }
    }

    /// Feeds as a document.
    package static func text(of feeds: [Feed]) -> String {
        let outlines = feeds.map { feed in
            let name = escaped(feed.title ?? feed.link)
            return "    <outline type=\"rss\" text=\"\(name)\" xmlUrl=\"\(escaped(feed.link))\"/>\n"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <opml version="2.0">
              <head><title>Followed</title></head>
              <body>
            \(outlines.joined())  </body>
            </opml>
            """
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // XML has no way to write most control characters.
            default: escaped += scalar.value < 32 ? " " : String(scalar)
            }
        }
        return escaped
    }
}

/// Outlines with a link to a feed, however deep in groups; those that lead to further lists of feeds are not followed.
struct OPMLGrammar: XMLGrammar {
    static let name = "OPML"
    static let isLenient = true
    let header = ListHeader()
    private var entries: [ListEntry] = []
    private var isOPML = false

    mutating func open(_ element: XMLElement, in path: [XMLElement]) throws(Failure) {
        if path.isEmpty {
            guard element.name == "opml" else { throw .permanent("bad_list", "it is no OPML, but \(element.name)") }
            isOPML = true
        }
        guard element.name == "outline" else { return }
        let attributes = Dictionary(element.attributes.map { ($0.key.lowercased(), $0.value) }) { one, _ in one }
        guard let link = attributes["xmlurl"]?.known, attributes["type"]?.lowercased() != "include" else { return }
        var entry = ListEntry()
        (entry.location, entry.title) = (link, attributes["text"]?.known ?? attributes["title"]?.known)
        entries.append(entry)
    }

    mutating func close(_ element: XMLElement, _ text: String, in path: [XMLElement]) throws(Failure) {}

    mutating func takeEntries() -> [ListEntry] {
        defer { entries = [] }
        return entries
    }

    func finish() throws(Failure) {
        guard isOPML else { throw .permanent("bad_list", "OPML: it is not XML") }
    }
}
