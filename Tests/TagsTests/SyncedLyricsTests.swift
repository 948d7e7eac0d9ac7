import Testing

@testable import Tags

@Suite struct SyncedLyricsTests {
    private func lines(_ lrc: String) -> [String] {
        (SyncedLyrics(lrc: lrc)?.lines ?? []).map { "\($0.milliseconds) \($0.text)" }
    }

    @Test func `each line has its time, and lines with several come several times`() {
        #expect(
            lines("[ar:A]\n[00:01.5]one\r\n[01:02.03][00:02.345] two \n\nno time\n[12:34]three\n[00:03.00]")
                == ["1500 one", "2345 two ", "3000 ", "62030 two ", "754000 three"])
    }

    @Test func `an offset makes all of them earlier, but none before the start`() {
        #expect(lines("[offset:+500]\n[00:00.20]one\n[00:01.00]two") == ["0 one", "500 two"])
        #expect(lines("[offset:-500]\n[00:01.00]two") == ["1500 two"])
    }

    @Test(arguments: [
        "", "words", "[ar:A]", "[00:61.00]x", "[1]x", "[-1:00]x", "[00:01.x]x", "[::]x", "[00:0", "[99999:00]x"
    ])
    func `what has no times is none`(text: String) { #expect(SyncedLyrics(lrc: text) == nil) }
}
