import Testing
import Wire

@Suite struct ReferenceTests {
    @Test(
        arguments: [
            ("track:1", nil, Reference.Kind.track, "1"), ("playlist:908622995", nil, .playlist, "908622995"),
            ("home:album:2", "home", .album, "2"), ("track:a:b", nil, .track, "a:b"),
            ("home:track:a:b", "home", .track, "a:b"), ("album:track:5", nil, .album, "track:5"),
            ("track:track:1", nil, .track, "track:1"), ("track:isrc:qz-abc-24-00001", nil, .track, "isrc:QZABC2400001"),
            ("home:track:ISRC:Qzabc2400001", "home", .track, "isrc:QZABC2400001"),
            ("track:isrc:", nil, .track, "isrc:"), ("track:a:", nil, .track, "a:"),
            ("album:isrc:a-b", nil, .album, "isrc:a-b"),
            ("home:all", "home", .playlist, "all"), ("home:starred", "home", .playlist, "starred"),
            ("my server:newest", "my server", .playlist, "newest"), ("artist:all", nil, .artist, "all"),
            ("home:track:An Album/01 a.mp3", "home", .track, "An Album/01 a.mp3"),
            ("ia:item:a/b.mp3", "ia", .own("item"), "a/b.mp3"),
            ("ia:search:title:x AND y", "ia", .own("search"), "title:x AND y")
        ] as [(String, String?, Reference.Kind, String)])
    func `a reference names a catalog, a kind and an id`(
        _ text: String, _ catalog: String?, _ kind: Reference.Kind, _ id: String
    ) throws {
        let reference = try #require(Reference(text))
        #expect((reference.catalog, reference.kind, reference.id) == (catalog, kind, id))
        #expect(Reference(reference.text) == reference)
        #expect(reference.item(of: "other") == "\(catalog ?? "other"):\(kind.rawValue):\(id)")
    }

    @Test(arguments: [
        "", ":", "track", "track:", "song:1", "a:B:c", "a:/b:c", ":item:1", "a:item:", "folder:a:b", ":track:1",
        "track: 1",
        "track:1\n", "track:\u{0}", "Track:1",
        "playlist:a b", "home:track:a\tb", "home:track:a\u{0}", "home:track:", "http://h/track:1",
        "home:stared", "home:All", ":all", "all", "home:all:"
    ])
    func `anything else is none`(_ text: String) { #expect(Reference(text) == nil) }

    @Test func `in a list a text with spaces is a title`() {
        #expect(Reference(entry: "home:track:a b") == nil)
        #expect(Reference(entry: "home:track:a") == Reference("home:track:a"))
    }

    @Test func `in a list a kind that only some catalog could have is another's link`() {
        #expect(Reference(entry: "urn:isbn:1") == nil && Reference("urn:isbn:1") != nil)
    }

    @Test func `a word for a kind of one's own is small, and none of those that all have`() {
        for word in ["item", "a", "a-b_2"] { #expect(Reference.Kind(own: word)?.rawValue == word) }
        for word in ["", "Item", "2", "a b", "album", "track", "é", String(repeating: "a", count: 41)] {
            #expect(Reference.Kind(own: word) == nil)
        }
        for kind in Reference.Kind.allCases { #expect(Reference.Kind(rawValue: kind.rawValue) == kind) }
        #expect(Reference.Kind(rawValue: "item") == nil)
    }

    @Test func `a reference may say what holds for it alone`() throws {
        let list = try #require(Reference("shop:playlist:3?formats=mp3_320,flac"))
        #expect(list.id == "3" && list.options?.formats == ["mp3_320", "flac"])
        #expect(list.item(of: "x") == "shop:playlist:3" && list.text == "shop:playlist:3?formats=mp3_320,flac")
        let artist = try #require(Reference("artist:4?formats=flac&include=albums,eps"))
        #expect(artist.options?.include == [.albums, .eps] && artist.options?.ofTracks?.text == "formats=flac")
        #expect(Reference("artist:4?include=albums")?.options?.ofTracks == nil)
        #expect(Reference.mistake(in: artist.text) == nil && Reference.mistake(in: list.text) == nil)
    }

    @Test(arguments: [
        "playlist:3?format=flac", "playlist:3?formats=", "playlist:3?formats=a,,b", "playlist:3?formats=a&formats=b",
        "playlist:3?formats=flac&x=1", "artist:4?include=album", "playlist:3?include=albums", "track:1?quality=best"
    ])
    func `an option that there is not is a mistake`(_ text: String) {
        #expect(Reference.mistake(in: text) != nil)
    }

    @Test(arguments: ["track:what?", "track:a?b", "track:a?1=2", "home:track:a?/b=c", "track:?"])
    func `a question mark in an id is part of it`(_ text: String) throws {
        let reference = try #require(Reference(text))
        #expect(reference.options == nil && reference.text == text && Reference.mistake(in: text) == nil)
    }

    @Test func `what looks like options is the id's own before a further question mark`() throws {
        for id in ["a?b=c", "a?formats=flac"] {
            let reference = try #require(Reference("home:track:\(id)?"))
            #expect(reference.id == id && reference.options == nil && Reference(reference.text) == reference)
            #expect(Reference.mistake(in: "home:track:\(id)?") == nil)
        }
        let both = try #require(Reference("home:track:a?b=c?formats=flac"))
        #expect(both.id == "a?b=c" && both.options?.formats == ["flac"])
    }
}
