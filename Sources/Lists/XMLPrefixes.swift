/// The meaning of a document's prefixes, which many do not declare: the customary ones, and others for the same
/// namespaces.
struct XMLPrefixes {
    /// The customary prefixes, keyed by what a document writes in their place.
    private var usual: [String: String] = [:]

    private static let namespaces = [
        "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes", "http://www.w3.org/2005/atom": "atom",
        "http://search.yahoo.com/mrss": "media", "https://podcastindex.org/namespace/1.0": "podcast",
        "http://purl.org/dc/elements/1.1": "dc",
        "http://purl.org/dc/terms": "dcterms"
    ]

    /// An element with the customary prefix in place of its namespace, and with lower-case names.
    mutating func element(_ name: String, _ attributes: [String: String]) -> XMLElement {
        let pairs = attributes.map { ($0.lowercased(), $1) }
        for (name, value) in pairs where name.hasPrefix("xmlns:") { declare(name.dropFirst(6), value) }
        var parts = name.lowercased().split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 { parts[0] = usual[parts[0]] ?? parts[0] }
        let known = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        return XMLElement(parts.joined(separator: ":"), known, divider: ":")
    }

    private mutating func declare(_ prefix: Substring, _ namespace: String) {
        let name = namespace.lowercased()
        usual[String(prefix)] = Self.namespaces[name.hasSuffix("/") ? String(name.dropLast()) : name]
    }
}
