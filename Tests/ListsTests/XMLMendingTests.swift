import Testing
import Wire

@testable import Lists

@Suite struct XMLMendingTests {
    private func mended(_ text: String, pieces: Int = 1) -> (text: String, count: Int) {
        var (mending, found, rest) = (XMLMending(), [UInt8](), Array(text.utf8)[...])
        while !rest.isEmpty {
            found += mending.read(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        found += mending.finish()
        return (String(decoding: found, as: UTF8.self), mending.count)
    }

    @Test(
        arguments: [
            ("<a>x &amp; y &lt; &#65; &#x42;</a>", "<a>x &amp; y &lt; &#65; &#66;</a>", 0),
            ("<a>B&W &; &nosuch; R&D</a>", "<a>B&amp;W &amp;; &amp;nosuch; R&amp;D</a>", 4),
            ("<a>x&nbsp;y&hellip;&Eacute;t&eacute;</a>", "<a>x\u{A0}y…Été</a>", 4),
            ("<a>x&#0;&#11;&#xFFFF;&#150;</a>", "<a>x&#65533;&#65533;&#65533;&#8211;</a>", 3),
            ("<a>1 < 2 <3 <<b/></a>", "<a>1 &lt; 2 &lt;3 &lt;<b/></a>", 3),
            ("<a h=\"?x=1&y=2&amp;z\" k='a<b>\"c'/>", "<a h=\"?x=1&amp;y=2&amp;z\" k='a&lt;b>\"c'/>", 2),
            ("<a>\u{1}b\u{B}\u{1F}\tc\u{7F}</a>", "<a>b\tc\u{7F}</a>", 3), ("<a>\u{FFFF}</a>", "<a>\u{FFFD}</a>", 1),
            ("<a><![CDATA[B&W <b> &nbsp; ]] > ]]></a>&", "<a><![CDATA[B&W <b> &nbsp; ]] > ]]></a>&amp;", 1),
            ("\u{20}\n Warning: x\n<?xml version=\"1.1\"?>\n<a/>", "\n\n\n<a/>", 0),
            ("<!-- a -- b & <c\n> --><a><!---->b<?php x>?></a>", "\n<a>b</a>", 0),
            ("<!DOCTYPE a [<!ENTITY b \"&c;\">]><a>&b;</a>", "<!DOCTYPE a [<!ENTITY b \"&c;\">]><a>&amp;b;</a>", 1)
        ] as [(String, String, Int)])
    func `what is meant is kept, and made what a parser reads`(_ text: String, _ expected: String, _ count: Int) {
        for pieces in [1, 2, 1000] {
            let found = mended(text, pieces: pieces)
            #expect(found.text == expected)
            #expect(found.count == count)
        }
    }

    private func feed(_ items: String) -> String { "<rss><channel><title>S</title>\(items)</channel></rss>" }

    private func item(_ title: String) -> String {
        "<item><title>\(title)</title><enclosure url=\"http://h/a.mp3\" type=\"audio/mpeg\"/></item>"
    }

    @Test func `a feed is read though it is not quite XML`() throws {
        let texts = [
            "\n\n<?xml version=\"1.0\"?>" + feed(item("a")), feed(item("a")) + "\n<div>&</p>",
            "\u{FEFF}\n" + feed(item("a")),
            feed(item("a") + "<!-- -- -->"), feed("<x>&copy; A & B\u{2}</x>" + item("a"))
        ]
        for text in texts { #expect(try entries(text, .rss).map(\.title) == ["a"]) }
        let latin = Array(feed(item("Caf")).replacing("Caf", with: "Caf\u{1}").utf8).map { $0 == 1 ? 0xE9 : $0 }
        #expect(try entries(latin, .rss).entries.map(\.title) == ["Café"])
    }

    @Test func `of a feed that breaks off the episodes before are there, and then the failure`() {
        let whole = feed(item("a") + item("b") + "<item><title>c</b></item>" + item("d"))
        for (text, kind) in [(whole, Failure.Class.permanent), (String(whole.prefix(205)), .transient)] {
            var reader = ListReader(.rss)
            let found = reader.read(Array(text.utf8)) + reader.finish()
            #expect(found.map(\.title) == ["a", "b"])
            #expect(reader.failure?.code == "bad_list")
            #expect(reader.failure?.class == kind)
        }
    }

    @Test func `what was mended is told`() {
        var reader = ListReader(.rss)
        _ = reader.read(Array(feed(item("A & B &nbsp; C")).utf8)) + reader.finish()
        #expect(reader.failure == nil)
        #expect(reader.remarks == ["2 places that are no XML, read as it is meant"])
    }
}
