import Wire

/// XSPF, versions 0 and 1, as strictly as the specification demands.
struct XSPFGrammar: XMLGrammar {
    static let name = "XSPF"
    static let isLenient = false
    private(set) var header = ListHeader()
    private var entry = ListEntry()
    private var entries: [ListEntry] = []
    /// The number of times that each child was seen, keyed by name, for each open element.
    private var seen: [[String: Int]] = [[:]]
    private var bases: [String] = []
    private var hasPlaylist = false

    private static let space = "http://xspf.org/ns/0/"

    private enum Content { case text, link, number, date, empty, anything, children }

    /// How often an element may appear in its parent, and what it may contain; nil where it may not appear.
    private static func rule(_ name: String, in parent: String?) -> (most: Int, content: Content)? {
        switch (parent, name) {
        case (nil, "playlist"): (1, .children)
        case ("playlist", "title"), ("playlist", "creator"), ("playlist", "annotation"): (1, .text)
        case ("playlist", "info"), ("playlist", "location"), ("playlist", "identifier"), ("playlist", "image"),
            ("playlist", "license"):
            (1, .link)
        case ("playlist", "date"): (1, .date)
        case ("playlist", "attribution"), ("playlist", "trackList"): (1, .children)
        case ("attribution", "location"), ("attribution", "identifier"): (.max, .link)
        case ("trackList", "track"): (.max, .children)
        case ("track", "location"), ("track", "identifier"): (.max, .link)
        case ("track", "title"), ("track", "creator"), ("track", "annotation"), ("track", "album"): (1, .text)
        case ("track", "info"), ("track", "image"): (1, .link)
        case ("track", "trackNum"), ("track", "duration"): (1, .number)
        case ("playlist", "link"), ("track", "link"): (.max, .link)
        case ("playlist", "meta"), ("track", "meta"): (.max, .text)
        case ("playlist", "extension"), ("track", "extension"): (.max, .anything)
        default: nil
        }
    }

    private static func attributes(_ name: String) -> (known: [String], needed: String?) {
        switch name {
        case "playlist": (["version"], "version")
        case "link", "meta": (["rel"], "rel")
        case "extension": (["application"], "application")
        default: ([], nil)
        }
    }

    mutating func open(_ element: XMLElement, in path: [XMLElement]) throws(Failure) {
        if path.contains(where: { $0.name == "extension" && $0.namespace == Self.space }) { return }
        guard element.namespace == Self.space else {
            throw wrong("the element \(element.name) is none of XSPF's, and in no extension")
        }
        guard let rule = Self.rule(element.name, in: path.last?.name) else {
            throw wrong("\(element.name) may not stand in \(path.last?.name ?? "the document")")
        }
        seen[seen.count - 1][element.name, default: 0] += 1
        guard seen[seen.count - 1][element.name, default: 0] <= rule.most else {
            throw wrong("\(element.name) is there more than once")
        }
        let (known, needed) = Self.attributes(element.name)
        for name in element.attributes.keys where !name.contains("\n") && !known.contains(name) {
            throw wrong("\(element.name) may not have the attribute \(name)")
        }
        if let needed, element.attributes[needed] == nil { throw wrong("\(element.name) has no \(needed)") }
        if element.name == "playlist", !["0", "1"].contains(element.attributes["version"] ?? "") {
            throw wrong("the version is neither 0 nor 1")
        }
        if element.name == "track" { entry = ListEntry() }
        seen.append([:])
        bases.append(element.base.map { joined($0, to: bases.last) } ?? bases.last ?? "")
    }

    mutating func close(_ element: XMLElement, _ text: String, in path: [XMLElement]) throws(Failure) {
        if path.contains(where: { $0.name == "extension" && $0.namespace == Self.space }) { return }
        let children = seen.removeLast()
        let base = bases.removeLast()
        guard let rule = Self.rule(element.name, in: path.last?.name) else { return }
        let value = text.trimmingSpace
        switch rule.content {
        case .children where !value.isEmpty: throw wrong("\(element.name) has text in it")
        case .number where !isNumber(value): throw wrong("\(element.name) is not a number: \(value.prefix(40))")
        case .date where !isDate(value): throw wrong("\(element.name) is not a date: \(value.prefix(40))")
        default: break
        }
        if element.name == "playlist" {
            guard children["trackList"] != nil else { throw wrong("it has no trackList") }
            hasPlaylist = true
        }
        keep(value, of: element.name, in: path.last?.name, base)
    }

    private mutating func keep(_ value: String, of name: String, in parent: String?, _ base: String) {
        switch (parent, name) {
        case ("playlist", "title"): header.title = value.known
        case ("playlist", "creator"): header.creator = value.known
        case ("playlist", "image"): header.artworkURL = value.known
        case ("track", "location") where entry.location == nil:
            entry.location = value.known.map { joined($0, to: base.isEmpty ? nil : base) }
        case ("track", "identifier"): entry.take(identifier: value)
        case ("track", "title"): entry.title = value.known
        case ("track", "creator"): entry.artist = value.known
        case ("track", "album"): entry.album = value.known
        case ("track", "annotation"): entry.comment = value.known
        case ("track", "image"): entry.artworkURL = value.known
        case ("track", "trackNum"): entry.trackNumber = Int(value)
        case ("track", "duration"): entry.duration = Double(value).flatMap { $0 > 0 ? $0 / 1000 : nil }
        case ("trackList", "track"): entries.append(entry)
        default: break
        }
    }

    mutating func takeEntries() -> [ListEntry] {
        defer { entries = [] }
        return entries
    }

    func finish() throws(Failure) {
        guard hasPlaylist else { throw wrong("it is not a playlist") }
    }

    private func wrong(_ what: String) -> Failure { .permanent("bad_list", what) }

    private func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether the text is `YYYY-MM-DDThh:mm:ss`, with or without a fraction and a zone.
    private func isDate(_ text: String) -> Bool {
        let shape = text.utf8.map { (0x30...0x39).contains($0) ? "0" : Character(Unicode.Scalar($0)) }
        guard String(shape.prefix(19)) == "0000-00-00T00:00:00" else { return false }
        let rest = String(shape.dropFirst(19))
        let zone = rest.hasPrefix(".") ? String(rest.dropFirst().drop { $0 == "0" }) : rest
        let numbers = text.split { !$0.isNumber }.prefix(5).compactMap { Int($0) }
        let limits = [0...9999, 1...12, 1...31, 0...24, 0...59]
        return ["", "Z", "+00:00", "-00:00"].contains(zone)
            && zip(numbers, limits).allSatisfy { number, limit in limit.contains(number) }
    }
}
