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

    @Test func `what a stage adds beside its input is the item's too, and nobody else's`() {
        let (one, ten) = (name("a:track:1"), name("a:track:10"))
        for ending in [".clear.opus", ".media.wav.part", ".x", "."] {
            #expect(one.owns("/s/\(one.stem)\(ending)") && !ten.owns("/s/\(one.stem)\(ending)"))
            #expect(!one.owns("/s/\(ten.stem)\(ending)") && !one.owns("/s/x\(one.stem)\(ending)"))
            #expect(SpoolName.stem(of: "/s/\(ten.stem)\(ending)") == ten.stem)
        }
        #expect(!one.owns("/s/\(one.stem)") && !one.owns("/s/\(one.stem)0.opus"))
        #expect(!one.owns("/s/\(name("a:track:1", parent: "p", seq: 1).stem).opus"))
    }

    @Test(arguments: [
        "notes.txt", ".hidden", "a-0123456789abcdef", "a-0123456789abcde.x", "a-0123456789abcdeg.x",
        "é-0123456789abcdef.x", "artwork-0123456789abcdef0123456789abcdef.failed"
    ])
    func `other names are no item's`(_ name: String) { #expect(SpoolName.stem(of: "/s/\(name)") == nil) }

    @Test func `artwork has one name for one URL`() {
        let path = SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s")
        #expect(path == SpoolName.artwork(url: "http://example.org/a.jpg", in: "/s"))
        #expect(path != SpoolName.artwork(url: "http://example.org/b.jpg", in: "/s"))
        #expect(SpoolName.isArtwork(path))
        #expect(!SpoolName.isArtwork("/s/artwork-of-mine.jpg"))
    }
}
