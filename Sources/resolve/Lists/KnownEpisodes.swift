import Episodes
import Files
import Lists
import Wire

/// Gives the episodes of a feed lasting ids: by their guids, or else by their links.
struct KnownEpisodes {
    private let feed: String
    private let feedGUID: String?
    /// How many entries repeat an earlier one.
    private var repeated = 0
    /// How many entries share a guid with another one.
    private var unnamed = 0

    /// `guid` is the feed's own, its `podcast:guid`, if it has one.
    init(of feed: String, guid: String?) { (self.feed, feedGUID) = (feed, guid) }

    /// Notes on the entries.
    var remarks: [String] {
        var remarks: [String] = []
        if repeated > 0 {
            let are = repeated == 1 ? "1 entry is" : "\(repeated) entries are"
            remarks.append("\(are) repeated, with the same guid and link: the newest is taken")
        }
        if unnamed > 0 {
            remarks.append("\(unnamed) entries share a guid but not a link: they are told apart by their links")
        }
        return remarks
    }

    /// The entries with their ids, without repetitions.
    mutating func take(_ entries: [ListEntry]) -> [ListEntry] {
        var episodes = namedByGUID(entries)
        let others = episodes.indices.filter { episodes[$0].id == nil && episodes[$0].link != nil }
        nameByLink(&episodes, at: others)
        for place in others { episodes[place].aliases += [episodes[place].idByTitle(in: feed)].compactMap(\.self) }
        for place in episodes.indices { episodes[place].aliases += episodes[place].formerIDs(in: feed) }
        leaveOutSharedAliases(&episodes)
        return episodes
    }

    /// Gives ids to the entries with a guid of their own.
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

    /// Whether entries with one guid are one episode: their links lead to the same file, and if those are not identical, their
    /// titles or days are.
    private static func isOne(_ entries: [ListEntry]) -> Bool {
        guard let first = entries.first, let link = first.link else { return false }
        return entries.dropFirst().allSatisfy { entry in
            guard let other = entry.link, stem(of: other) == stem(of: link) else { return false }
            return other == link || entry.title == first.title || entry.releaseDate == first.releaseDate
        }
    }

    /// The newest entry; of several with one time the first, since feeds begin with the newest.
    private static func newest(of places: [Int], in entries: [ListEntry]) -> Int {
        func time(_ place: Int) -> (String, Int) { (entries[place].releaseDate ?? "", entries[place].published ?? 0) }
        return places.reduce(places[0]) { time($0) < time($1) ? $1 : $0 }
    }

    /// Parameters that name no file in most links may do so here: links that differ in nothing else stay as they are.
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

    /// Drops aliases that several entries would share.
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
    /// The link without user info, which is in no id; nil for a file beside the feed.
    fileprivate var link: String? { location.flatMap { WebLink.isOne($0) ? WebLink.divided($0).plain : nil } }

    /// An alias from title, date and length, which stay when a link changes completely.
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
