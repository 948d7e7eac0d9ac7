import Testing

@testable import segue

@Suite struct NamesTests {
    @Test func `the first has the name, and others get a number`() {
        var names = Names()
        #expect(names.take("/m/a.b/x.mp3", for: "1") == nil)
        #expect(names.take("/m/a.b/x.mp3", for: "2") == Names.Clash(id: "1", name: "/m/a.b/x (2).mp3"))
        #expect(names.take("/m/a.b/x.mp3", for: "3") == Names.Clash(id: "1", name: "/m/a.b/x (3).mp3"))
        #expect(names.take("/m/a.b/x.flac", for: "4") == nil)
    }

    @Test func `a number that another track has by its title is left out`() {
        var names = Names()
        _ = names.take("/m/x (2).mp3", for: "1")
        _ = names.take("/m/x.mp3", for: "2")
        #expect(names.take("/m/x.mp3", for: "3") == Names.Clash(id: "2", name: "/m/x (3).mp3"))
        #expect(names.take("/m/x (3).mp3", for: "4") == Names.Clash(id: "3", name: "/m/x (3) (2).mp3"))
    }

    @Test func `upper and lower case are told apart, and told of`() {
        var names = Names()
        _ = names.take("/m/É.mp3", for: "1")
        #expect(names.take("/m/é.mp3", for: "2") == Names.Clash(id: "1", name: nil))
    }

    @Test func `a name without an extension is numbered at its end`() {
        var names = Names()
        _ = names.take("/m.n/x", for: "1")
        #expect(names.take("/m.n/x", for: "2")?.name == "/m.n/x (2)")
    }
}
