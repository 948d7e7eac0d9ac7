import Wire

/// A track as a playlist file or a feed describes it.
package struct ListEntry: Equatable, Sendable {
    /// A link or a path, as it is written.
    package var location: String?
    /// The number of its line, from 1, in lists that have a line for each entry.
    package var line: Int?
    package var title: String?
    package var artist: String?
    package var album: String?
    package var trackNumber: Int?
    package var discNumber: Int?
    /// The length in seconds.
    package var duration: Double?
    package var artworkURL: String?
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    package var releaseDate: String?
    package var comment: String?
    package var isrc: String?
    /// MusicBrainz' id of the recording.
    package var recordingID: String?
    /// Bytes of the audio, as the list says, which may be wrong.
    package var bytes: Int?
    package var mime: String?
    /// The format, where it was determined.
    package var format: Format?
    /// A feed's own id of an episode, which stays when its link changes.
    package var guid: String?
    /// Seconds since 1970, where a feed gives more than the day.
    package var published: Int?
    /// Its id, where that does not come from its link as it is written.
    package var id: String?
    /// Further ids by which it may be known, in order.
    package var aliases: [String] = []
    /// Further links to the same track, in order, as when a feed has an episode in several formats.
    package var others: [Link] = []

    /// A further link, and what it leads to according to the list.
    package struct Link: Equatable, Sendable {
        package let location: String
        package let mime: String?
    }

    package init() {}

    /// Takes what an identifier of XSPF or JSPF says, such as `https://musicbrainz.org/recording/UUID` or
    /// `urn:isrc:…`; any other says nothing.
    mutating func take(identifier: String) {
        let parts = identifier.split(separator: "/")
        if parts.dropLast().suffix(2) == ["musicbrainz.org", "recording"] {
            recordingID = parts.last.flatMap { MusicBrainz.id($0) } ?? recordingID
        } else if let start = ["urn:isrc:", "isrc:"].first(where: { identifier.lowercased().hasPrefix($0) }) {
            isrc = ISRC.folded(String(identifier.dropFirst(start.count))) ?? isrc
        }
    }
}

/// What a list says about itself.
package struct ListHeader: Equatable, Sendable {
    package var title: String?
    package var creator: String?
    package var artworkURL: String?
    /// A feed's own id, which stays when the feed moves.
    package var guid: String?
    /// The link to the next page of a feed that has several.
    package var next: String?
}

/// The kinds of lists that can be read.
package enum ListFormat: String, CaseIterable, Sendable {
    case m3u, pls, xspf, jspf, csv, rss
    /// One link, reference, or artist and title per line.
    case text

    /// The format by the extension of a name and by the list's beginning, in UTF-8, which counts more where it is
    /// clear.
    package init?(name: String, head: [UInt8]) {
        let text = String(decoding: head.prefix(512), as: UTF8.self)
        let start = text.drop(while: \.isWhitespace)
        if start.hasPrefix("#EXTM3U") {
            self = .m3u
        } else if start.lowercased().hasPrefix("[playlist]") {
            self = .pls
        } else if start.hasPrefix("{") {
            self = .jspf
        } else if start.hasPrefix("<") {
            if start.lowercased().hasPrefix("<!doctype html") || start.lowercased().hasPrefix("<html") { return nil }
            self = text.contains("xspf.org/ns/0") ? .xspf : .rss
        } else {
            self.init(name: name)
        }
    }

    /// Whether a list with this beginning is XML of this kind, whatever else it contains.
    package func isIn(_ head: [UInt8]) -> Bool {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        return (self == .rss || self == .xspf)
            && ["<?xml", "<rss", "<feed", "<rdf", "<playlist"].contains { text.contains($0) }
    }

    private init?(name: String) {
        let path = pathAlone(name)
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[path.index(after: dot)...].lowercased() {
        case "m3u", "m3u8": self = .m3u
        case "pls": self = .pls
        case "xspf": self = .xspf
        case "jspf": self = .jspf
        case "csv", "tsv": self = .csv
        case "txt", "list", "urls": self = .text
        case "rss", "xml", "atom": self = .rss
        default: return nil
        }
    }
}
