import Testing
import Wire

@testable import Files

@Suite struct SpoolNameTests {
    private func name(_ id: String, parent: String? = nil, seq: Int? = nil) -> SpoolName {
        SpoolName(of: Record(kind: "track", id: id, parent: parent, seq: seq))
    }

    @Test func `a track that is in two lists, or twice in one, has files for each`() {
        let paths = [
            name("a"), name("a", parent: "p", seq: 1), name("a", parent: "p", seq: 2), name("a", parent: "q", seq: 1)
        ]
        .map { $0.path(.media, in: "s") }
        #expect(Set(paths).count == 4)
        #expect(name("a", parent: "p", seq: 1).path(.media, in: "s") == paths[1])
    }

    @Test(arguments: [
        "c:track:7", "../../etc/passwd", "\u{0}", "/", "日本語", String(repeating: "é", count: 5000), "-rf", "a\nb"
    ])
    func `a name is one safe, short part of a path`(_ id: String) {
        let path = name(id).path(.media, in: "/spool")
        let name = path.dropFirst("/spool/".count)
        #expect(path.hasPrefix("/spool/"))
        #expect(name.utf8.count <= 120)
        #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        #expect(!name.hasPrefix("."))
    }

    @Test func `ids that look or sound alike have names of their own`() {
        let ids = ["c:track:7", "c_track_7", "c:track:\u{E9}", "c:track:e\u{301}", "C:track:7"]
        #expect(Set(ids.map { name($0).path(.media, in: "s") }).count == ids.count)
    }

    @Test func `only an item's own files are its own`() {
        let own = name("c:track:7")
        #expect(own.owns(own.path(.media, in: "/s")))
        #expect(own.owns(own.path(.clear, in: "/s") + ".part"))
        #expect(!name("c:track:8").owns(own.path(.media, in: "/s")))
        #expect(!own.owns("/home/someone/precious.flac"))
        #expect(!own.owns("/s"))
    }

    @Test func `artwork has one name for one URL`() {
        let path = SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s")
        #expect(path == SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s"))
        #expect(path != SpoolName.artwork(url: "http://example.org/b.jpg", in: "/s"))
        #expect(SpoolName.isArtwork(path))
        #expect(!SpoolName.isArtwork("/s/artwork-of-mine.jpg"))
    }
}
