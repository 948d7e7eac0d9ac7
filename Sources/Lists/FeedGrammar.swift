import Wire

/// Podcast feeds: RSS 2.0 with iTunes' and Yahoo's additions, and Atom.
///
/// An item without audio is not an entry. Elements are known by their customary prefixes.
struct FeedGrammar: XMLGrammar {
    static let name = "feed"
    static let isLenient = true
    private(set) var header = ListHeader()
    private var entry = ListEntry()
    private var isFeed = false
    private var entries: [ListEntry] = []

    /// The web page of an item, for those that have nothing else.
    private var page: String?
    /// Whether the item offers something other than audio.
    private var hasOther = false
    /// Items that offer only something other than audio.
    private var leftOut = 0
    private var dates = DateReader()
    /// When the item was changed, for those that do not say when they were published.
    private var updated: String?

    var remarks: [String] {
        let items = leftOut == 1 ? "1 entry offers" : "\(leftOut) entries offer"
        return (leftOut > 0 ? ["\(items) films, pictures or documents alone, and no audio: left out"] : [])
            + dates.remarks
    }

    mutating func open(_ element: XMLElement, in path: [XMLElement]) throws(Failure) {
        if path.isEmpty {
            guard ["rss", "feed", "rdf"].contains(element.name) else {
                throw .permanent("bad_list", "it is neither RSS nor Atom, but \(element.name)")
            }
            isFeed = true
        }
        let isItem = isItem(path.last)
        switch (element.namespace, element.name) {
        case ("", "item"), ("", "entry"), ("atom", "entry"):
            (entry, page, hasOther, updated) = (ListEntry(), nil, false, nil)
        case ("", "enclosure") where isItem:
            addMedia(element.attributes["url"], element.attributes["length"], element.attributes["type"])
        case ("media", "content") where path.contains(where: { self.isItem($0) }):
            addMedia(element.attributes["url"], element.attributes["filesize"], element.attributes["type"])
        case (_, "link") where isItem && element.attributes["rel"] == "enclosure":
            addMedia(element.attributes["href"], element.attributes["length"], element.attributes["type"])
        case (_, "link") where element.attributes["rel"]?.lowercased() == "next" && isHead(path):
            header.next = element.attributes["href"]?.known
        case ("itunes", "image") where isItem: entry.artworkURL = element.attributes["href"]?.known
        case ("itunes", "image") where path.last?.name == "channel":
            header.artworkURL = element.attributes["href"]?.known ?? header.artworkURL
        default: break
        }
    }

    /// Takes a link that may be audio, as far as the feed says; for an unknown type the link's extension decides.
    private mutating func addMedia(_ url: String?, _ length: String?, _ type: String?) {
        let mime = type?.known?.lowercased()
        guard let url = url?.known else { return }
        guard Self.isAudio(url, mime) else {
            hasOther = true
            return
        }
        guard entry.location == nil else {
            return entry.others.append(ListEntry.Link(location: url, mime: mime))
        }
        entry.location = url
        entry.bytes = length.flatMap { Int($0.trimmingSpace) }.flatMap { $0 > 0 ? $0 : nil }
        entry.mime = mime
    }

    private static func isAudio(_ url: String, _ mime: String?) -> Bool {
        if Format(link: url) != nil || mime.map({ $0.hasPrefix("audio/") || Format(mime: $0) != nil }) == true {
            return true
        }
        let others = ["video/", "image/", "text/", "application/pdf", "application/epub", "application/zip"]
        return !leadsElsewhere(url) && !others.contains { mime?.hasPrefix($0) == true }
    }

    mutating func close(_ element: XMLElement, _ text: String, in path: [XMLElement]) throws(Failure) {
        guard let parent = path.last else { return }
        if isItem(element), parent.name == "channel" || parent.name == "feed" || parent.name == "rdf" {
            if entry.location == nil, let page, Format(link: page) != nil { entry.location = page }
            if let updated { keep(date: updated) }
            if entry.location != nil { entries.append(entry) } else if hasOther { leftOut += 1 }
        } else if isItem(parent) {
            keep(element, text)
        } else if isHead(path) {
            keepHeader(element, text)
        } else if parent.name == "image", element.name == "url", header.artworkURL == nil {
            header.artworkURL = text.known
        }
    }

    /// Whether what is in this path says something of the feed itself.
    private func isHead(_ path: [XMLElement]) -> Bool {
        path.last?.name == "channel" || path.count == 1 && path[0].name == "feed"
    }

    private func isItem(_ element: XMLElement?) -> Bool {
        element.map { ["item", "entry"].contains($0.name) } ?? false
    }

    private mutating func keep(_ element: XMLElement, _ text: String) {
        switch (element.namespace, element.name) {
        case ("", "title"), ("atom", "title"), ("itunes", "title"): entry.title = entry.title ?? text.known
        case ("", "guid"), ("", "id"), ("atom", "id"): entry.guid = entry.guid ?? text.known
        case ("", "pubdate"), (_, "published"), ("dc", "date"), ("dcterms", "issued"): keep(date: text)
        case (_, "updated"): updated = updated ?? text.known
        case ("itunes", "duration"): entry.duration = seconds(text.trimmingSpace)
        case ("itunes", "episode"): entry.trackNumber = Int(text.trimmingSpace)
        case ("itunes", "season"): entry.discNumber = Int(text.trimmingSpace)
        case ("itunes", "author"): entry.artist = text.known
        case ("", "link"): page = text.known
        case ("", "description"), ("itunes", "summary"), ("", "summary"):
            // Of several, the shortest is the plainest.
            let comment = text.known
            if let comment, comment.count < entry.comment?.count ?? .max { entry.comment = comment }
        default: break
        }
    }

    private mutating func keep(date text: String) {
        guard entry.releaseDate == nil, let date = dates.read(text) else { return }
        (entry.releaseDate, entry.published) = (date.text, date.moment)
    }

    private mutating func keepHeader(_ element: XMLElement, _ text: String) {
        switch (element.namespace, element.name) {
        case ("", "title"), ("atom", "title"): header.title = header.title ?? text.known
        case ("itunes", "author"): header.creator = text.known ?? header.creator
        case ("podcast", "guid"): header.guid = text.known ?? header.guid
        default: break
        }
    }

    mutating func takeEntries() -> [ListEntry] {
        defer { entries = [] }
        return entries
    }

    func finish() throws(Failure) {
        guard isFeed else { throw .permanent("bad_list", "feed: it is not XML") }
    }
}
