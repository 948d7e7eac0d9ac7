import Testing
import Wire

@testable import Lists

@Suite struct OPMLTests {
    private func feeds(_ body: String) throws -> [OPML.Feed] {
        try OPML(Array("<?xml version=\"1.0\"?><opml version=\"2.0\"><body>\(body)</body></opml>".utf8)).feeds
    }

    @Test func `feeds are found in groups, however their attributes are written, and each once`() throws {
        let found = try feeds(
            """
            <outline text="News"><outline text="A &amp; B" xmlUrl="http://h/a?x=1&amp;y=2"/><outline title="C" xmlURL="http://h/c"/></outline>
            <outline text="again" xmlUrl="http://h/c"/><outline text="a page" url="http://h/" type="link"/>
            <outline type="include" text="more" xmlUrl="http://h/more.opml"/>
            """)
        #expect(
            found == [
                OPML.Feed(title: "A & B", link: "http://h/a?x=1&y=2"), OPML.Feed(title: "C", link: "http://h/c")
            ])
    }

    @Test func `a bare ampersand is read as it is meant, and entities of its own are refused`() throws {
        #expect(try feeds("<outline text=\"R&D\" xmlUrl=\"http://h/?a=1&b=2\"/>").first?.link == "http://h/?a=1&b=2")
        #expect(throws: Failure.self) {
            try OPML(Array("<!DOCTYPE opml [<!ENTITY a \"b\">]><opml><body/></opml>".utf8))
        }
        #expect(throws: Failure.self) { try OPML(Array("<rss/>".utf8)) }
    }

    @Test func `what is written is read as the same`() throws {
        let written = [
            OPML.Feed(title: "\"A\" <&> é\n", link: "http://h/?a=1&b=<2>"), OPML.Feed(title: nil, link: "http://h/c")
        ]
        let read = try OPML(Array(OPML.text(of: written).utf8)).feeds
        #expect(read.map(\.link) == written.map(\.link) && read.first?.title == "\"A\" <&> é")
    }
}
