import Testing

@testable import Episodes

@Suite struct FormerIDTests {
    @Test func `an id that two have leads to neither`() {
        var owners = Owners<Int>()
        owners.add(["a", "b"], of: 1)
        owners.add(["b", "c"], of: 2)
        owners.add(["a"], of: 1)
        #expect(["a", "b", "c", "d"].map { owners.owner(of: $0) } == [1, nil, 2, nil])
        #expect(owners.all.map(\.id).sorted() == ["a", "c"])
    }

    @Test func `an episode is found by its link and its title or day, or by both of these`() {
        func ids(_ list: String, _ link: String, _ title: String?, _ day: String?) -> Set<String> {
            Set(FormerID.ids(in: list, links: FormerID.links("http://h/\(link)"), title: title, day: day))
        }
        let old = ids("l", "a.mp3?token=1", "T", "2026-01-02")
        #expect(!old.isDisjoint(with: ids("l", "a.mp3?token=2", "U", "2026-01-02")))
        #expect(!old.isDisjoint(with: ids("l", "a.mp3", "T", nil)))
        #expect(!old.isDisjoint(with: ids("l", "b.mp3", "T", "2026-01-02")))
        #expect(old.isDisjoint(with: ids("l", "b.mp3", "T", "2026-01-03")))
        #expect(old.isDisjoint(with: ids("l", "a.mp3", "U", "2026-01-03")))
        #expect(!ids("l", "a.mp3", "T", nil).isDisjoint(with: ids("l", "b.mp3", "T", nil)))
        #expect(old.isDisjoint(with: ids("l", "b.mp3", "T", nil)))
        #expect(old.isDisjoint(with: ids("m", "a.mp3?token=1", "T", "2026-01-02")))
        #expect(old.allSatisfy(FormerID.isOne))
    }
}
