import Testing
import Wire

@testable import Lists

@Suite struct ListTests {
    @Test func `M3U tells of the next entry, and of those after it`() throws {
        let text =
            "\u{FEFF}#EXTM3U\r\n#PLAYLIST:Mine\r\n#EXTALB:The album\r\n#EXTINF:231 x=\"a,b\",A - One - two\r\na%20b.mp3\r\n\r\n# word\r#EXTINF:-1,Only\nhttp://h/x\n"
        let (found, header) = try entries(Array(text.utf8), .m3u)
        #expect(header.title == "Mine")
        #expect(found.map(\.location) == ["a%20b.mp3", "http://h/x"])
        #expect(found.map(\.title) == ["One - two", "Only"] && found.map(\.artist) == ["A", nil])
        #expect(found.map(\.duration) == [231, nil] && found.map(\.album) == ["The album", "The album"])
    }

    @Test func `what is told of a track without a link is an entry to be looked up`() throws {
        let m3u = try entries(
            "#EXTM3U\n#EXTALB:LP\n#EXTINF:9,Ada - One\n#EXTINF:8,Bo \u{2013} Two\nhttp://h/2.mp3\n#EXTINF:-1\n#EXTINF:-1,\n#EXTINF:7,Three",
            .m3u)
        #expect(m3u.map(\.location) == [nil, "http://h/2.mp3", nil])
        #expect(m3u.map(\.artist) == ["Ada", "Bo", nil])
        #expect(m3u.map(\.title) == ["One", "Two", "Three"])
        #expect(m3u.map(\.album) == ["LP", "LP", "LP"])
        let pls = try entries("[playlist]\nTitle1=Ada - One\nFile2=b.ogg\nLength3=5\n", .pls)
        #expect(pls.map(\.title) == ["One", nil])
        let text = try entries(
            "AC/DC - Live\nAda — One - Two\ntrack:5\nAda - One.mp3\n./a - b\nhttp://h/a - b\n- \n", .text)
        #expect(text.map(\.artist) == ["AC/DC", "Ada", nil, nil, nil, nil, nil])
        #expect(text.map(\.title) == ["Live", "One - Two", nil, nil, nil, nil, nil])
        #expect(text.map(\.location) == [nil, nil, "track:5", "Ada - One.mp3", "./a - b", "http://h/a - b", "-"])
    }

    @Test func `M3U that is no UTF-8 is what Windows wrote`() throws {
        #expect(try entries([0x5A, 0x6F, 0xEB, 0x20, 0x80, 10], .m3u).entries.map(\.location) == ["Zoë €"])
    }

    @Test func `a stream in pieces is refused with a word of what to do`() {
        let failure = #expect(throws: Failure.self) { try entries("#EXTM3U\n#EXT-X-TARGETDURATION:10\n", .m3u) }
        #expect(failure?.code == "hls" && failure?.message.contains("link of a file") == true)
    }

    @Test func `PLS comes in the order of its numbers`() throws {
        let text =
            "[playlist]\nFile2=b\nTitle2=B\nFILE1=http://h/a\nLength1=12\ntitle1=X - A\nNumberOfEntries=2\nVersion=2\nTitle3=none"
        let found = try entries(text, .pls)
        #expect(found.map(\.location) == ["http://h/a", "b"] && found.map(\.title) == ["A", "B"])
        #expect(found.map(\.artist) == ["X", nil] && found.map(\.duration) == [12, nil])
    }

    @Test func `a list of links has comments`() throws {
        #expect(
            try entries("# a\n; b\n] c\n\n http://h/x \ntrack:7", .text).map(\.location) == ["http://h/x", "track:7"])
    }

    @Test func `CSV is read by the names of its columns`() throws {
        let text =
            "\u{FEFF}Track Name,Artist Name(s),Album Name,ISRC,Duration (ms),Other\r\n\"One, \"\"two\"\"\",\"A, B\",\"Al\nbum\",x-1 ,231000,z\r\n,,,,,\r\nThree,,,,\r\n"
        let found = try entries(text, .csv)
        #expect(found.map(\.title) == ["One, \"two\"", "Three"] && found.map(\.artist) == ["A, B", nil])
        #expect(
            found.map(\.album) == ["Al\nbum", nil] && found.map(\.isrc) == ["X1", nil]
                && found.map(\.duration) == [231, nil])
    }

    @Test func `CSV may have other delimiters, and other names`() throws {
        #expect(
            try entries("Titel;Sänger\na,b;c\n", .csv, columns: ["title": "titel", "artist": "Sänger"]).map(\.title)
                == ["a,b"])
        #expect(try entries("title\tartist\na\tb", .csv).map(\.artist) == ["b"])
    }

    @Test func `CSV without a column that is known says what to do`() {
        let failure = #expect(throws: Failure.self) { try entries("Titel,Foo\na,b\n", .csv) }
        #expect(failure?.code == "bad_columns" && failure?.message.contains("--columns") == true)
    }

    @Test(
        arguments: [
            ("x.m3u8", "a.mp3\n", ListFormat.m3u), ("x", "#EXTM3U\n", .m3u),
            ("http://h/x?y=.pls", "\n[Playlist]\n", .pls), ("x.csv", "a,b", .csv),
            ("x", "<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/'>", .xspf), ("x", "<rss>", .rss),
            ("x.txt", "track:1", .text), ("/l/my #1 list?.csv", "a,b", .csv), ("http://h/x.csv?y#z.m3u", "a,b", .csv),
            ("x.xspf", "<playlist xmlns=\"http://xspf.org/ns/0/\">", .xspf), ("x.m3u", "<!DOCTYPE html><html>", nil),
            ("x", "hello", nil)
        ] as [(String, String, ListFormat?)])
    func `what a list is shows in its beginning, or in its name`(
        _ name: String, _ head: String, _ expected: ListFormat?
    ) {
        #expect(ListFormat(name: name, head: Array(head.utf8)) == expected)
    }

    @Test func `a line without end is refused`() {
        let failure = #expect(throws: Failure.self) {
            try entries([UInt8](repeating: 65, count: (1 << 20) + 9), .m3u, pieces: 65_536)
        }
        #expect(failure?.code == "bad_list")
    }

    @Test func `no cut and no change of a byte ends in a trap`() {
        let samples: [(String, ListFormat)] = [
            ("#EXTM3U\n#EXTINF:1,A - B\nx\n", .m3u), ("[playlist]\nFile1=a\nTitle1=b", .pls),
            ("title,artist\n\"a\",b\n", .csv),
            (
                "<rss><channel><title>t</title><item><enclosure url=\"u\" type=\"audio/x\"/></item></channel></rss>",
                .rss
            ),
            (
                "<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\"><trackList><track><location>x</location></track></trackList></playlist>",
                .xspf
            )
        ]
        var (read, refused) = (0, 0)
        for (text, format) in samples {
            let bytes = Array(text.utf8)
            for index in bytes.indices {
                for variant in [
                    Array(bytes[..<index]), bytes[..<index] + [bytes[index] ^ 0x55] + bytes[(index + 1)...],
                    bytes[..<index] + [0] + bytes[index...]
                ] {
                    do throws(Failure) {
                        _ = try entries(variant, format, pieces: 3)
                        read += 1
                    } catch {
                        refused += 1
                    }
                }
            }
        }
        #expect(read > 100 && refused > 100)
    }
}
