import Wire

/// A track as a playlist file or a feed tells of it.
package struct ListEntry: Equatable, Sendable {
    /// A link or a path, as it is written.
    package var location: String?
    /// Where that is written, of lists that have a line for each.
    package var line: Int?
    package var title: String?
    package var artist: String?
    package var album: String?
    package var trackNumber: Int?
    package var discNumber: Int?
    /// Seconds.
    package var duration: Double?
    package var artworkURL: String?
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    package var releaseDate: String?
    package var comment: String?
    package var isrc: String?
    /// Of the audio, as far as the list tells, which may be wrong.
    package var bytes: Int?
    package var mime: String?
    /// What it is, where somebody looked.
    package var format: Format?
    /// What a feed calls an episode, whatever becomes of its link.
    package var guid: String?
    /// Seconds since 1970, where a feed tells more than the day.
    package var published: Int?
    /// What it is known by, where that is not its link as it is written.
    package var id: String?
    /// What else it may be known by.
    package var aliases: [String] = []
    /// Where else the same is to be had, as a feed has an episode in several formats.
    package var others: [Link] = []

    /// A further link, and what the list says that it leads to.
    package struct Link: Equatable, Sendable {
        package let location: String
        package let mime: String?
    }

    package init() {}
}

/// What a list tells of itself.
package struct ListHeader: Equatable, Sendable {
    package var title: String?
    package var creator: String?
    package var artworkURL: String?
    /// What a feed is called wherever it moves.
    package var guid: String?
}

/// The kinds of lists that are read.
package enum ListFormat: String, CaseIterable, Sendable {
    case m3u, pls, xspf, csv, rss
    /// A link, a reference, or an artist and a title a line.
    case text

    /// By the ending of a name, and by how the list begins, in UTF-8, which counts more where it is clear.
    package init?(name: String, head: [UInt8]) {
        let text = String(decoding: head.prefix(512), as: UTF8.self)
        let start = text.drop(while: \.isWhitespace)
        if start.hasPrefix("#EXTM3U") {
            self = .m3u
        } else if start.lowercased().hasPrefix("[playlist]") {
            self = .pls
        } else if start.hasPrefix("<") {
            if start.lowercased().hasPrefix("<!doctype html") || start.lowercased().hasPrefix("<html") { return nil }
            self = text.contains("xspf.org/ns/0") ? .xspf : .rss
        } else {
            self.init(name: name)
        }
    }

    /// Whether what begins so is XML of this kind, which may have anything else in it.
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
        case "csv", "tsv": self = .csv
        case "txt", "list", "urls": self = .text
        case "rss", "xml", "atom": self = .rss
        default: return nil
        }
    }
}
