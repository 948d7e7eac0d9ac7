import Testing
import Wire

@testable import intake

@Suite struct EntryNameTests {
    @Test func `a name that is UTF-8 is taken as it is, whatever the charset`() {
        #expect(EntryName(Array("Führer/日本.flac".utf8), charset: "CP437").text == "Führer/日本.flac")
    }

    @Test func `a name that is not UTF-8 is read in the charset`() {
        #expect(EntryName([0x81, 0x62, 0x65, 0x72], charset: "CP437").text == "über")
        #expect(EntryName([0x8F, 0xE0, 0xA8, 0xA2, 0xA5, 0xE2], charset: "CP866").text == "Привет")
        #expect(EntryName([0x93, 0xFA, 0x96, 0x7B], charset: "CP932").text == "日本")
    }

    @Test func `decomposed letters are composed`() {
        let text = EntryName(Array("u\u{308}ber".utf8), charset: "CP437").text
        #expect(Array(text.unicodeScalars) == Array("über".unicodeScalars))
    }

    @Test func `bytes that no charset knows are escaped`() {
        #expect(EntryName([0x61, 0xFF, 0xFF], charset: "CP932").text == "a\\xff\\xff")
    }

    @Test(arguments: [
        "/etc/passwd", "../x.mp3", "a/../../x.mp3", "C:/x.mp3", "c:x.mp3", "..\\x.mp3", "\\\\server\\x.mp3", ""
    ])
    func `a name that leads elsewhere is refused`(name: String) { #expect(EntryName.refusal(of: name) != nil) }

    @Test(arguments: ["x.mp3", "a/b/x.mp3", "a/..b/x..mp3", "Disc 1: A/x.mp3", "...And Justice/x.mp3"])
    func `any other name is good`(name: String) { #expect(EntryName.refusal(of: name) == nil) }
}
