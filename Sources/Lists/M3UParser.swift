import Wire

/// M3U, with what its extension tells of the next entry.
struct M3UParser: ListParser {
    private(set) var header = ListHeader()
    private var lines = Lines()
    private var next = ListEntry()
    /// These hold until they are told anew.
    private var album: String?
    private var artist: String?

    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        var found: [(String, Int)] = []
        try lines.read(bytes, "M3U") { line, number throws(Failure) in found.append((line, number)) }
        for (line, number) in found { try take(line, number, &entries) }
    }

    mutating func finish(_ entries: inout [ListEntry]) throws(Failure) {
        var last: (String, Int)?
        try lines.finish { line, number throws(Failure) in last = (line, number) }
        if let (line, number) = last { try take(line, number, &entries) }
    }

    private mutating func take(_ line: String, _ number: Int, _ entries: inout [ListEntry]) throws(Failure) {
        guard !line.isEmpty else { return }
        guard line.hasPrefix("#") else {
            next.location = line
            (next.album, next.artist) = (next.album ?? album, next.artist ?? artist)
            entries.append(next)
            next = ListEntry()
            return
        }
        if line.hasPrefix("#EXT-X-") {
            throw .permanent(
                "hls",
                "M3U: line \(number): this is a stream in pieces (HLS), not a list of tracks; give the link of a file")
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        take(line[..<colon], line[line.index(after: colon)...])
    }

    private mutating func take(_ tag: Substring, _ value: Substring) {
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

    /// `seconds[ attributes],Artist - Title`; attributes may hold commas between quotation marks.
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
        if let dash = name.range(of: " - ") {
            next.artist = name[..<dash.lowerBound].known
            next.title = name[dash.upperBound...].known
        } else {
            next.title = name.known
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
