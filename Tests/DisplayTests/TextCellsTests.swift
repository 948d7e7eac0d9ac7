import Testing

@testable import Display

@Suite struct TextCellsTests {
    @Test(arguments: [
        ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｱ", 1), ("한", 2), ("🎵", 2), ("❤️", 2), ("…", 1),
        ("ﷺ", 1)
    ])
    func `text takes the columns that terminals give it`(text: String, cells: Int) { #expect(text.cells == cells) }

    @Test func `a joined sequence is never taken for less than it may be`() {
        #expect("👨‍👩‍👧".cells >= 2 && "🇯🇵".cells >= 2)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("日本語", 6, "日本語"), ("ab", 0, ""),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…")
    ])
    func `what does not fit is cut between characters`(text: String, width: Int, cut: String) {
        #expect(text.cut(to: width).utf8.elementsEqual(cut.utf8))
    }

    @Test func `what would steer a terminal is made harmless`() {
        #expect(
            "a\u{1b}[2Jb\u{7}\u{9b}\u{202e}c\u{2028}d\u{7f}".harmless
                == "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}d\u{FFFD}")
        #expect("Ünïcode 日本 👨‍👩‍👧".harmless == "Ünïcode 日本 👨‍👩‍👧")
    }
}
