import Files

/// Ids that lead to episodes recorded before episodes had ids of their own: their id was then the link as it was
/// written.
///
/// Such an id is looked up and never stored for a new episode. A migration makes it from what was recorded then, and it
/// is used once.
package enum FormerID {
    /// The prefix of these ids, and of no others.
    package static let prefix = "was:"

    /// The ids of a link as it is written, and without the parts that change from day to day, in order.
    package static func links(_ url: String) -> [String] {
        let (written, stem) = (WebLink.trackID(url), EpisodeID.link(url))
        return written == stem ? [written] : [written, stem]
    }

    package static func isOne(_ id: String) -> Bool { id.utf8.starts(with: prefix.utf8) }

    /// The ids of an episode, the most certain first; `links` are the ids of the links that it may have had.
    package static func ids(in list: String, links: [String], title: String?, day: String?) -> [String] {
        var ids: [String] = []
        for link in links {
            if let day { ids.append(id("day", list, link, day)) }
            if let title { ids.append(id("title", list, link, title)) }
            if day == nil, title == nil { ids.append(id("link", list, link)) }
        }
        if let title { ids.append(id("title and day", list, day ?? "", title)) }
        return ids
    }

    private static func id(_ parts: String...) -> String {
        prefix + SHA256.of(parts.joined(separator: "\n")).prefix(32)
    }
}
