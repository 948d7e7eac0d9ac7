import Files

/// The ids of episodes, in the namespace of links to audio: what an episode is known by, and by what else.
package enum EpisodeID {
    /// By its guid, which counts within its feed.
    package static func guid(_ guid: String, in feed: String) -> String { id("guid", feed, guid) }

    /// By its link, where nothing better is told.
    package static func link(_ link: String) -> String { WebLink.trackID(stem(of: link)) }

    /// Further ids of an episode by its guid: where the feed has one of its own that survives its moves, and for other feeds
    /// that have the same guid with the same link.
    package static func aliases(guid: String, link: String, feedGUID: String?) -> [String] {
        let moved = feedGUID.map { id("podcast", $0.lowercased(), guid) }
        return [moved, id("guid and link", stem(of: link), guid)].compactMap(\.self)
    }

    /// Further ids of an episode by its link: the same over the other of http and https.
    package static func aliases(link: String) -> [String] {
        let stem = stem(of: link)
        let rest = stem.firstRange(of: "://").map { stem[$0.upperBound...] } ?? ""
        let isPlain = stem.lowercased().hasPrefix("http:")
        return rest.isEmpty ? [] : [WebLink.trackID("\(isPlain ? "https" : "http")://\(rest)")]
    }

    /// By what else is told, for an episode without a guid; `date` is as exact as it is known.
    package static func title(_ title: String, date: String, length: String, in feed: String) -> String {
        id("title", feed, date, length, title)
    }

    /// The last part may be anything, so that no two lists of parts are one text.
    private static func id(_ parts: String...) -> String { WebLink.trackID(parts.joined(separator: "\n")) }
}
