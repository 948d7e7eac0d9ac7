import Testing

@testable import Matching

@Suite struct SpellingTests {
    @Test(
        arguments: [
            ("HEY", "hey"), ("Sigur Rós", "sigur ros"), ("Motörhead", "MOTORHEAD"), ("Don\u{2019}t", "Don't"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"), ("ﬁne", "Fine"), ("AC/DC", "AC DC"), ("R.E.M.", "REM"),
            ("blink-182", "Blink 182"),
            ("Straße", "STRASSE"), ("Æther", "aether"), ("Łódź", "Lodz"), ("MØ", "mo"), ("Đorđe", "Dorde"),
            ("Ke$ha", "Kesha"), ("P!nk", "Pink"), ("Rock & Roll", "rock and roll"), ("Rock 'n' Roll", "Rock n' Roll"),
            ("10,000 Days", "10000 days"), ("Hawai\u{2BB}i", "Hawaii"), ("C# Minor", "C♯ minor"),
            ("naı\u{308}f", "naif"),
            ("Καλημέρα", "ΚΑΛΗΜΕΡΑ"), ("Οδυσσέας", "ΟΔΥΣΣΕΑΣ"), ("Ещё", "ЕЩЕ"), ("Кино\u{301}", "кино"),
            ("И\u{306}од", "Йод"),
            ("שָׁלוֹם", "שלום"), ("مُحَمَّد", "محمد"), ("ســلام", "سلام"), ("ｶﾞﾝﾀﾞﾑ", "ガンダム"), ("か\u{3099}", "が"), ("한글", "한글"),
            ("น้ํา", "น้ำ"), ("٣", "3"), ("e\u{301}", "\u{E9}"), ("Song\u{200B}", "song"), ("a\u{AD}b", "ab"),
            ("Track™", "track")
        ])
    func `spellings of one name have one key`(_ one: String, _ other: String) {
        #expect(Spelling.key(one) == Spelling.key(other))
    }

    @Test(
        arguments: [
            ("И", "Й"), ("か", "が"), ("ハ", "パ"), ("กา", "กิ"), ("ไม่", "ไม้"), ("9 9", "99"), ("24/7", "247"),
            ("Song 2", "Song"), ("3.5", "35"),
            ("C♯", "C"), ("Г", "Ґ"), ("І", "Ї"), ("한", "항"), ("愛", "恋"), ("ב", "כ"), ("ت", "ث"), ("λ", "μ"),
            ("!!!", "???"), ("Α", "A"),
            ("か", "カ"), ("Ќ", "К"), ("…", "!!!"), ("कि", "की")
        ])
    func `different names have different keys`(_ one: String, _ other: String) {
        #expect(Spelling.key(one) != Spelling.key(other))
    }

    @Test(arguments: ["!!!", "…", "Ø", "÷", "†††", "♥", "🎵", "-", "(-)", "\u{301}a", "ー", "々", "@"])
    func `nothing that is there to see has an empty key`(_ name: String) {
        #expect(!Spelling.key(name).isEmpty)
    }

    @Test(
        arguments: [
            ("The Beatles", "Beatles, The"), ("The Beatles", "beatles"), ("Simon & Garfunkel", "Simon and Garfunkel"),
            ("The The", "the the")
        ])
    func `an article does not make another artist`(_ one: String, _ other: String) {
        #expect(Spelling.artistKey(one) == Spelling.artistKey(other))
    }

    @Test(
        arguments: [
            ("Ann, Bo & Cy", "Ann, Bo & Cy"), ("Ann, Bo", "Ann"), ("Ann;Bo", "Ann"), ("Ann feat. Bo", "Ann"),
            ("Ann & Bo", "Ann & Bo"),
            ("Prince, The", "Prince, The"), ("Ann", "Ann"), ("", "")
        ])
    func `the first of those who are named is looked for`(_ names: String, _ first: String) {
        #expect(JoinedNames.first(of: names) == first)
    }

    @Test func `the short way to a key leads to the same key`() {
        let pairs = Pairs.same + Pairs.different
        let names: [String] = pairs.map(\.wished) + pairs.map(\.found)
        let titles = names.compactMap { $0.split(separator: " | ").last.map(String.init) }
        let traps = [
            "Part 2", "pt2", "Vol 3 No 4", "No Doubt", "Rock n Roll", "Song feat B", "ft", "9 9", "99", "7 Years 8",
            "A1 1A",
            "", " ", "  A  b ", "Nr 5", "With You", "live", "Parts one two", "Don't", "Rock 'n' Roll", "Rock N' Roll",
            "T.N.T.", "R.E.M.", "24/7", "3.5", "a - b (c) [d]: e", "10,000", "(-)", "a_b*c"
        ]
        for title in titles + traps {
            if let key = Spelling.plainKey(title) {
                #expect(key == Spelling.key(Spelling.words(title), of: title), "\(title)")
            }
        }
        #expect(Spelling.plainKey("Blue in Green (2)") == "blueingreen2")
    }
}
