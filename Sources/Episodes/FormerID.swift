import Files

/// What leads to an episode that was booked before episodes had ids of their own: then it was its link as it was written.
///
/// Such an id is looked for and never kept. It is made of what was booked then, by a migration, and good for one time.
package enum FormerID {
    /// No id of anything else begins so.
    package static let prefix = "was:"

    /// The ids of a link as it is written, and without what differs from day to day.
    package static func links(_ url: String) -> [String] {
        let (written, stem) = (WebLink.trackID(url), EpisodeID.link(url))
        return written == stem ? [written] : [written, stem]
    }

    package static func isOne(_ id: String) -> Bool { id.utf8.starts(with: prefix.utf8) }

    /// The surest first. `links` are the ids of the links that it may have had.
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
