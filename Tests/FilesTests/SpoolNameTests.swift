import Testing

@testable import Files

@Suite struct SpoolNameTests {
    @Test(arguments: ["c:track:7", "../../etc/passwd", "\u{0}", "/", "日本語", String(repeating: "é", count: 5000), "-rf", "a\nb"])
    func `a name is one safe, short part of a path`(_ id: String) {
        let path = SpoolName(id: id).path(.media, in: "/spool")
        let name = path.dropFirst("/spool/".count)
        #expect(path.hasPrefix("/spool/"))
        #expect(name.utf8.count <= 120)
        #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        #expect(!name.hasPrefix("."))
    }

    @Test func `ids that look or sound alike have names of their own`() {
        let ids = ["c:track:7", "c_track_7", "c:track:\u{E9}", "c:track:e\u{301}", "C:track:7"]
        #expect(Set(ids.map { SpoolName(id: $0).path(.media, in: "s") }).count == ids.count)
    }

    @Test func `only an item's own files are its own`() {
        let name = SpoolName(id: "c:track:7")
        #expect(SpoolName.owns(name.path(.media, in: "/s"), id: "c:track:7"))
        #expect(SpoolName.owns(name.path(.clear, in: "/s") + ".part", id: "c:track:7"))
        #expect(!SpoolName.owns(name.path(.media, in: "/s"), id: "c:track:8"))
        #expect(!SpoolName.owns("/home/someone/precious.flac", id: "c:track:7"))
        #expect(!SpoolName.owns("/s", id: "c:track:7"))
    }

    @Test func `artwork has one name for one URL`() {
        let path = SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s")
        #expect(path == SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s"))
        #expect(path != SpoolName.artwork(url: "http://example.org/b.jpg", in: "/s"))
        #expect(SpoolName.isArtwork(path))
        #expect(!SpoolName.isArtwork("/s/artwork-of-mine.jpg"))
    }
}
