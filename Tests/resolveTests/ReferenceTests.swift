import Testing
import Wire

@testable import resolve

@Suite struct ReferenceTests {
    @Test(
        arguments: [
            ("track:1", nil, Reference.Kind.track, "1"), ("playlist:908622995", nil, .playlist, "908622995"),
            ("home:album:2", "home", .album, "2"), ("track:a:b", nil, .track, "a:b"),
            ("home:track:a:b", "home", .track, "a:b"),
            ("track:track:1", nil, .track, "track:1"), ("track:isrc:qz-abc-24-00001", nil, .track, "isrc:QZABC2400001"),
            ("home:track:ISRC:Qzabc2400001", "home", .track, "isrc:QZABC2400001"),
            ("track:isrc:", nil, .track, "isrc:"),
            ("album:isrc:a-b", nil, .album, "isrc:a-b")
        ] as [(String, String?, Reference.Kind, String)])
    func `a reference names a catalog, a kind and an id`(
        _ text: String, _ catalog: String?, _ kind: Reference.Kind, _ id: String
    ) throws {
        let reference = try #require(Reference(text))
        #expect((reference.catalog, reference.kind, reference.id) == (catalog, kind, id))
    }

    @Test func `an id may have spaces in a record, behind its catalog's name`() throws {
        #expect(Reference("home:track:An Album/01 a.mp3", inRecord: true)?.id == "An Album/01 a.mp3")
        for text in ["home:track:a\tb", "home:track:a\u{0}", "track:a b", "home:track:"] {
            #expect(Reference(text, inRecord: true) == nil)
        }
        #expect(Reference("home:track:a b") == nil)
    }

    @Test(arguments: [
        "", ":", "track", "track:", "song:1", "a:b:c", ":track:1", "track: 1", "track:1\n", "track:\u{0}", "Track:1"
    ])
    func `anything else is refused`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try Wanted(text) }
        #expect(failure?.code == "bad_ref")
    }

    @Test(
        arguments: [
            ("https://www.example.org/en/album/302127", "c:album:302127"),
            ("https://example.org/track/7?utm=x#y", "c:track:7"),
            ("http://api.example.org/playlist/3", "c:playlist:3"), ("https://www.example.org/artist/1/", "c:artist:1"),
            ("https://www.example.org/en/album", nil), ("https://www.example.com/album/1", nil),
            ("https://example.org/", nil),
            ("https://evil.org/example.org/album/1", nil), ("https://org/album/1", nil)
        ] as [(String, String?)])
    func `a page of a catalog is what it shows`(_ link: String, _ expected: String?) {
        let pages = WebPages(name: "c", host: "api.example.org")
        #expect(pages.reference(link) == expected.flatMap { Reference($0) })
    }

    @Test func `a catalog at an address in numbers has no siblings`() {
        let pages = WebPages(name: "c", host: "127.0.0.1:8098")
        #expect(pages.reference("http://127.0.0.1:8098/album/1") == Reference("c:album:1"))
        #expect(pages.reference("http://10.0.0.1:8098/album/1") == nil)
    }
}
