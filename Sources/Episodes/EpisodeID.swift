import Files

/// The ids of episodes, in the namespace of links to audio: an episode's own id, and its further ones.
package enum EpisodeID {
    /// The id by its guid, which is unique within its feed.
    package static func guid(_ guid: String, in feed: String) -> String { id("guid", feed, guid) }

    /// The id by its link, where nothing better is known.
    package static func link(_ link: String) -> String { WebLink.trackID(stem(of: link)) }

    /// Further ids of an episode by its guid, in order: with the feed's own guid, which survives its moves, and with
    /// the link, for other feeds that have the same guid and link.
    package static func aliases(guid: String, link: String, feedGUID: String?) -> [String] {
        let moved = feedGUID.map { id("podcast", $0.lowercased(), guid) }
        return [moved, id("guid and link", stem(of: link), guid)].compactMap(\.self)
    }

    /// Further ids of an episode by its link: the same link with http and https exchanged.
    package static func aliases(link: String) -> [String] {
        let stem = stem(of: link)
        let rest = stem.firstRange(of: "://").map { stem[$0.upperBound...] } ?? ""
        let isPlain = stem.lowercased().hasPrefix("http:")
        return rest.isEmpty ? [] : [WebLink.trackID("\(isPlain ? "https" : "http")://\(rest)")]
    }

    /// The id by what else is known, for an episode without a guid; `date` is as exact as known.
    package static func title(_ title: String, date: String, length: String, in feed: String) -> String {
        id("title", feed, date, length, title)
    }

    /// Joins the parts; only the last may contain line breaks, so that no two lists of parts give the same text.
    private static func id(_ parts: String...) -> String { WebLink.trackID(parts.joined(separator: "\n")) }
}
