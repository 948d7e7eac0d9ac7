import Episodes
import Files
import Lists
import Wire

/// Gives the episodes of a feed ids that last: by their guids, or else by their links.
struct KnownEpisodes {
    private let feed: String
    private let feedGUID: String?
    /// Entries that were told again.
    private var repeated = 0
    /// Entries whose guid is others' too.
    private var unnamed = 0

    /// `guid` is the feed's own, if it has one.
    init(of feed: String, guid: String?) { (self.feed, feedGUID) = (feed, guid) }

    /// What was found in the entries, for people.
    var remarks: [String] {
        var remarks: [String] = []
        if repeated > 0 {
            let are = repeated == 1 ? "1 entry is" : "\(repeated) entries are"
            remarks.append("\(are) there again, with the same guid and link: the newest is taken")
        }
        if unnamed > 0 {
            remarks.append("\(unnamed) entries share a guid and have other links: they go by their links")
        }
        return remarks
    }

    /// The entries with their ids; those that are there again are left out.
    mutating func take(_ entries: [ListEntry]) -> [ListEntry] {
        var episodes = namedByGUID(entries)
        let others = episodes.indices.filter { episodes[$0].id == nil && episodes[$0].link != nil }
        nameByLink(&episodes, at: others)
        for place in others { episodes[place].aliases += [episodes[place].idByTitle(in: feed)].compactMap(\.self) }
        for place in episodes.indices { episodes[place].aliases += episodes[place].formerIDs(in: feed) }
        leaveOutSharedAliases(&episodes)
        return episodes
    }

    /// Those with a guid of their own have their ids then.
    private mutating func namedByGUID(_ entries: [ListEntry]) -> [ListEntry] {
        var (episodes, left) = (entries, Set<Int>())
        let ids = entries.map { entry in entry.link.flatMap { _ in entry.guid.map { EpisodeID.guid($0, in: feed) } } }
        for (id, places) in Dictionary(grouping: entries.indices.filter { ids[$0] != nil }, by: { ids[$0] }) {
            guard Self.isOne(places.map { entries[$0] }) else {
                unnamed += places.count
                continue
            }
            let newest = Self.newest(of: places, in: entries)
            episodes[newest].id = id
            left.formUnion(places.filter { $0 != newest })
        }
        repeated += left.count
        for place in episodes.indices {
            guard let guid = episodes[place].guid, let link = episodes[place].link else { continue }
            let moving = episodes[place].id == nil ? nil : feedGUID
            episodes[place].aliases = EpisodeID.aliases(guid: guid, link: link, feedGUID: moving)
        }
        return episodes.indices.filter { !left.contains($0) }.map { episodes[$0] }
    }

    /// Whether entries of one guid are one episode: their links lead to the same, and where those are not quite the same,
    /// the titles or the days are.
    private static func isOne(_ entries: [ListEntry]) -> Bool {
        guard let first = entries.first, let link = first.link else { return false }
        return entries.dropFirst().allSatisfy { entry in
            guard let other = entry.link, stem(of: other) == stem(of: link) else { return false }
            return other == link || entry.title == first.title || entry.releaseDate == first.releaseDate
        }
    }

    /// Of those of one time the first, since feeds begin with the newest.
    private static func newest(of places: [Int], in entries: [ListEntry]) -> Int {
        func time(_ place: Int) -> (String, Int) { (entries[place].releaseDate ?? "", entries[place].published ?? 0) }
        return places.reduce(places[0]) { time($0) < time($1) ? $1 : $0 }
    }

    /// What names no file in most links may do so in these: where links differ in nothing else, they stay as they are.
    private func nameByLink(_ episodes: inout [ListEntry], at places: [Int]) {
        for (id, alike) in Dictionary(grouping: places, by: { EpisodeID.link(episodes[$0].link ?? "") }) {
            let links = Set(alike.map { episodes[$0].link })
            for place in alike {
                guard let link = episodes[place].link else { continue }
                episodes[place].id = links.count == 1 ? id : WebLink.trackID(link)
                if links.count == 1 { episodes[place].aliases += EpisodeID.aliases(link: link) }
            }
        }
    }

    /// What another entry may be known by too says nothing.
    private func leaveOutSharedAliases(_ episodes: inout [ListEntry]) {
        var owners = Owners<String?>()
        for episode in episodes { owners.add(episode.aliases + [episode.id].compactMap(\.self), of: episode.id) }
        for place in episodes.indices {
            let id = episodes[place].id
            episodes[place].aliases.removeAll { owners.owner(of: $0) != id }
        }
    }
}

extension ListEntry {
    /// Without user info, of which no id is made; nil for a file beside the feed.
    fileprivate var link: String? { location.flatMap { WebLink.isOne($0) ? WebLink.divided($0).plain : nil } }

    /// Links may change wholly, and titles, dates and lengths stay.
    fileprivate func idByTitle(in feed: String) -> String? {
        guard let title, let date = published.map(String.init) ?? releaseDate else { return nil }
        let length = duration.map { "\($0) s" } ?? bytes.map { "\($0) bytes" } ?? ""
        return EpisodeID.title(title, date: date, length: length, in: feed)
    }

    fileprivate func formerIDs(in feed: String) -> [String] {
        guard let link else { return [] }
        return FormerID.ids(in: feed, links: FormerID.links(link), title: title, day: releaseDate)
    }
}
