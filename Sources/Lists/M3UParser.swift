import Wire

/// M3U, with what its extended directives say about the next entry.
struct M3UParser: ListParser {
    private(set) var header = ListHeader()
    private var lines = Lines()
    private var next = ListEntry()
    /// These apply until they are given again.
    private var album: String?
    private var artist: String?

    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        var found: [(String, Int)] = []
        try lines.read(bytes, "M3U") { line, number throws(Failure) in found.append((line, number)) }
        for (line, number) in found { try parse(line, number, &entries) }
    }

    mutating func finish(_ entries: inout [ListEntry]) throws(Failure) {
        var last: (String, Int)?
        try lines.finish { line, number throws(Failure) in last = (line, number) }
        if let (line, number) = last { try parse(line, number, &entries) }
        endTold(&entries)
    }

    /// Hands on the description of a track whose link never came, since it can be looked up by that.
    private mutating func endTold(_ entries: inout [ListEntry]) {
        guard next.title != nil else { return }
        end(&entries)
    }

    private mutating func end(_ entries: inout [ListEntry]) {
        (next.album, next.artist) = (next.album ?? album, next.artist ?? artist)
        entries.append(next)
        next = ListEntry()
    }

    private mutating func parse(_ line: String, _ number: Int, _ entries: inout [ListEntry]) throws(Failure) {
        guard !line.isEmpty else { return }
        guard line.hasPrefix("#") else {
            (next.location, next.line) = (line, number)
            return end(&entries)
        }
        if line.hasPrefix("#EXT-X-") {
            throw .permanent(
                "hls",
                "M3U: line \(number): this is a stream in pieces (HLS), not a list of tracks; give the link of a file")
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        if line[..<colon] == "#EXTINF" { endTold(&entries) }
        parse(line[..<colon], line[line.index(after: colon)...])
    }

    private mutating func parse(_ tag: Substring, _ value: Substring) {
        switch tag {
        case "#EXTINF": takeInformation(value)
        case "#PLAYLIST": header.title = value.known
        case "#EXTALB": album = value.known
        case "#EXTART": artist = value.known
        case "#EXTIMG": next.artworkURL = value.known
        case "#EXTGENRE", "#EXTBYT": break
        default: break
        }
    }

    /// Reads `seconds[ attributes],Artist - Title`; attributes may contain commas between quotation marks.
    private mutating func takeInformation(_ text: Substring) {
        var isQuoted = false
        let comma = text.firstIndex { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
        let seconds = text[..<(comma ?? text.endIndex)].prefix { !$0.isWhitespace }
        next.duration = Double(seconds).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        guard let comma else { return }
        let name = text[text.index(after: comma)...].trimmingSpace
        if let (artist, title) = artistAndTitle(name) {
            (next.artist, next.title) = (artist, title)
        } else {
            next.title = name.known
        }
    }
}

/// Both parts of `Artist - Title`, with a dash of any length between them; nil for any other text.
func artistAndTitle(_ text: String) -> (artist: String, title: String)? {
    guard let dash = text.firstRange(of: /\s[-\u{2013}\u{2014}]\s/), let artist = text[..<dash.lowerBound].known,
        let title = text[dash.upperBound...].known
    else { return nil }
    return (artist, title)
}
