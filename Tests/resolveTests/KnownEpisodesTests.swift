import Episodes
import Lists
import Testing

@testable import resolve

@Suite struct KnownEpisodesTests {
    private func entry(
        _ link: String, _ title: String? = nil, guid: String? = nil, day: String? = nil, second: Int? = nil
    ) -> ListEntry {
        var entry = ListEntry()
        (entry.location, entry.title, entry.guid) = ("http://h/\(link)", title, guid)
        (entry.releaseDate, entry.published) = (day, second)
        return entry
    }

    private func told(
        _ entries: ListEntry..., feed: String = "f", guid: String? = nil
    ) -> (episodes: [ListEntry], remarks: [String]) {
        var known = KnownEpisodes(of: feed, guid: guid)
        let episodes = known.take(entries)
        return (episodes, known.remarks)
    }

    /// Whether one is known by what the other is told as.
    private func isKnown(_ one: ListEntry, _ other: ListEntry) -> Bool {
        let (kept, asked) = ([one, other]).map { Set([$0.id].compactMap(\.self) + $0.aliases) }.pair
        return !kept.filter { !FormerID.isOne($0) }.isDisjoint(with: asked)
    }

    @Test func `a guid counts byte for byte within its feed, whatever the link is`() {
        let first = told(entry("1.mp3", "A", guid: "g")).episodes[0]
        #expect(told(entry("2.mp3?x=1", "B", guid: "g")).episodes[0].id == first.id)
        for other in [told(entry("1.mp3", "A", guid: "G")), told(entry("2.mp3", "A", guid: "g"), feed: "e")] {
            #expect(!isKnown(first, other.episodes[0]))
        }
        // With the same link too it is the same in another feed.
        #expect(isKnown(first, told(entry("1.mp3?token=1", "A", guid: "g"), feed: "e").episodes[0]))
        let (composed, decomposed) = (told(entry("1.mp3", guid: "\u{E9}")), told(entry("1.mp3", guid: "e\u{301}")))
        #expect(composed.episodes[0].id != decomposed.episodes[0].id)
    }

    @Test func `a feed's own guid goes with it, in upper and lower case`() {
        let old = told(entry("1.mp3", guid: "g"), feed: "old", guid: "0F").episodes[0]
        #expect(isKnown(old, told(entry("2.mp3", guid: "g"), feed: "new", guid: "0f").episodes[0]))
        #expect(!isKnown(old, told(entry("2.mp3", guid: "g"), feed: "new", guid: "0e").episodes[0]))
        #expect(!isKnown(old, told(entry("2.mp3", guid: "g"), feed: "new").episodes[0]))
    }

    @Test func `one guid for all is none, and what it named before is known`() {
        let before = told(entry("1.mp3?token=1", "A", guid: "g")).episodes[0]
        let (after, remarks) = told(entry("2.mp3", "B", guid: "g"), entry("1.mp3?token=2", "A", guid: "g"))
        #expect(after.map(\.id) == [EpisodeID.link("http://h/2.mp3"), EpisodeID.link("http://h/1.mp3")])
        #expect(isKnown(before, after[1]) && !isKnown(before, after[0]))
        #expect(remarks == ["2 entries share a guid but not a link: they are told apart by their links"])
    }

    @Test func `of two with one guid and link the newer is taken, and the other told`() {
        let (episodes, remarks) = told(
            entry("1.mp3?token=1", "Old", guid: "g", day: "2026-01-01"), entry("2.mp3", guid: "h"),
            entry("1.mp3?token=2", "New", guid: "g", day: "2026-01-01", second: 9))
        #expect(episodes.map(\.title) == [nil, "New"])
        #expect(remarks == ["1 entry is repeated, with the same guid and link: the newest is taken"])
        #expect(
            told(entry("1.mp3", "First", guid: "g"), entry("1.mp3", "Last", guid: "g")).episodes.map(\.title) == [
                "First"
            ])
    }

    @Test func `two guids with one link are two episodes`() {
        let (episodes, remarks) = told(entry("1.mp3", "A", guid: "g"), entry("1.mp3", "A", guid: "h"))
        #expect(episodes.count == 2 && !isKnown(episodes[0], episodes[1]) && remarks.isEmpty)
    }

    @Test func `without a guid a link counts without its noise, over http and https`() {
        let plain = told(entry("1.mp3")).episodes[0]
        #expect(
            plain.id == EpisodeID.link("http://h/1.mp3") && isKnown(plain, told(entry("1.mp3?token=1")).episodes[0]))
        var secure = entry("1.mp3")
        secure.location = "https://h/1.mp3"
        #expect(isKnown(plain, told(secure).episodes[0]))
        #expect(!isKnown(plain, told(entry("1.mp3?id=1")).episodes[0]))
    }

    @Test func `what is noise elsewhere counts where it alone tells two links apart`() {
        let (episodes, _) = told(
            entry("get?token=a", "A", day: "2026-01-01"), entry("get?token=b", "B", day: "2026-01-02"))
        #expect(episodes.count == 2 && !isKnown(episodes[0], episodes[1]))
        let (named, _) = told(
            entry("get?token=a", "A", guid: "g", day: "2026-01-01"),
            entry("get?token=b", "B", guid: "g", day: "2026-01-02"))
        #expect(named.count == 2 && !isKnown(named[0], named[1]))
    }

    @Test func `title, moment and length tell what a wholly new link leads to`() {
        func news(_ link: String, _ second: Int, duration: Double? = 60) -> ListEntry {
            var entry = entry(link, "News", day: "2026-01-01", second: second)
            entry.duration = duration
            return entry
        }
        let first = told(news("1.mp3", 3600)).episodes[0]
        #expect(isKnown(first, told(news("2.mp3", 3600)).episodes[0]))
        for other in [news("2.mp3", 7200), news("2.mp3", 3600, duration: 61)] {
            #expect(!isKnown(first, told(other).episodes[0]))
        }
        // Nor does it where two have the same.
        let (both, _) = told(news("2.mp3", 3600), news("1.mp3", 3600))
        #expect(!isKnown(first, both[0]) && isKnown(first, both[1]))
    }
}

extension Array {
    fileprivate var pair: (Element, Element) { (self[0], self[1]) }
}
