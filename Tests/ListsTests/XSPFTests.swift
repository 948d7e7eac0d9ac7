import Testing
import Wire

@testable import Lists

@Suite struct XSPFTests {
    @Test func `a playlist is read with its bases and lengths`() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <playlist version="1" xmlns="http://xspf.org/ns/0/" xml:base="http://example.org/music/">
              <title>Evening</title><creator>me</creator>
              <trackList xml:base="blue/"><track><location>one.mp3</location><location>http://o/two.mp3</location>
                <title>One &amp; only</title><creator>A</creator><album>B</album><trackNum>3</trackNum>
                <duration>271066</duration><extension application="http://x"><y xmlns="z">text</y></extension>
              </track><track/></trackList>
            </playlist>
            """
        let (found, header) = try entries(Array(text.utf8), .xspf)
        #expect(header == ListHeader(title: "Evening", creator: "me"))
        var first = ListEntry()
        (first.location, first.title, first.artist) = ("http://example.org/music/blue/one.mp3", "One & only", "A")
        (first.album, first.trackNumber, first.duration) = ("B", 3, 271.066)
        #expect(found == [first, ListEntry()])
    }

    @Test func `an identifier may be a recording of MusicBrainz, or an ISRC`() throws {
        let text = """
            <playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>
              <track><identifier>https://musicbrainz.org/recording/b1a9c0e9-d987-4042-ae91-78d6a3267d69</identifier></track>
              <track><identifier>urn:isrc:QZ-ABC-24-00001</identifier></track>
              <track><identifier>https://musicbrainz.org/release/b1a9c0e9-d987-4042-ae91-78d6a3267d69</identifier></track>
            </trackList></playlist>
            """
        let found = try entries(text, .xspf)
        #expect(found.map(\.recordingID) == ["b1a9c0e9-d987-4042-ae91-78d6a3267d69", nil, nil])
        #expect(found.map(\.isrc) == [nil, "QZABC2400001", nil])
    }

    @Test(.enabled(if: suites != nil))
    func `all that the suite calls right is read, and all that it calls wrong refused`() throws {
        let suite = try #require(suites)
        let (right, wrong) = (
            try files("\(suite)/xspf_lib/tests/testcase/version_1/pass", ".xspf"),
            try files("\(suite)/xspf_lib/tests/testcase/version_1/fail", ".xspf")
        )
        #expect((right.count, wrong.count) == (44, 51))
        for path in right {
            let content = try bytes(path)
            #expect(throws: Never.self, "\(path)") { try entries(content, .xspf, pieces: 100) }
        }
        for path in wrong {
            let content = try bytes(path)
            let failure = #expect(throws: Failure.self, "\(path)") { try entries(content, .xspf, pieces: 100) }
            #expect(failure?.code == "bad_list")
        }
    }

    @Test(arguments: [
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><playlist>&b;</playlist>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><playlist>&a;</playlist>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://h/x.dtd\"> %p;]><playlist/>"
    ])
    func `entities are not expanded, and nothing is fetched for them`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try entries(text, .xspf) }
        #expect(failure?.message.contains("entities") == true)
    }

    @Test func `what is nested without end, or too long, is refused`() {
        let deep = String(repeating: "<rss>", count: 100)
        #expect(throws: Failure.self) { try entries(deep, .rss) }
        let long = "<rss><channel><title>" + String(repeating: "x", count: (1 << 20) + 1)
        let failure = #expect(throws: Failure.self) { try entries(Array(long.utf8), .rss, pieces: 65_536) }
        #expect(failure?.code == "too_large")
    }
}
