import Foundation
import Testing
import Wire

@testable import Lists

@Suite struct TextDecoderTests {
    /// The same in pieces of so many bytes.
    private func text(_ bytes: [UInt8], charset: String? = nil, pieces: Int = 3) -> (text: String, remarks: [String]) {
        let decoder = TextDecoder(charset: charset)
        var (text, rest) = ([UInt8](), bytes[...])
        while !rest.isEmpty {
            text += decoder.read(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        text += decoder.finish()
        return (String(decoding: text, as: UTF8.self), decoder.remarks)
    }

    private func bytes(_ text: String, _ encoding: String.Encoding) throws -> [UInt8] {
        Array(try #require(text.data(using: encoding)))
    }

    @Test func `a byte order mark counts more than what is said`() throws {
        let name = "#EXTM3U\nŽižkov – 夜.mp3"
        for (mark, encoding) in [
            ([0xEF, 0xBB, 0xBF], String.Encoding.utf8), ([0xFF, 0xFE], .utf16LittleEndian),
            ([0xFE, 0xFF], .utf16BigEndian), ([0xFF, 0xFE, 0, 0], .utf32LittleEndian)
        ] as [([UInt8], String.Encoding)] {
            let found = text(mark + (try bytes(name, encoding)), charset: "koi8-r")
            #expect(found.text == name)
            #expect(found.remarks.isEmpty)
        }
        #expect(text(try bytes(name, .utf16LittleEndian)).text == name)
        #expect(text(try bytes(name, .utf16BigEndian)).text == name)
    }

    @Test(arguments: ["Хор - Зима\nДождь - Лёд\n", "Ž\n夜 \nž", "a\n"])
    func `two bytes a character are seen without a mark, whatever comes first`(_ list: String) throws {
        #expect(text(try bytes(list, .utf16LittleEndian)).text == list)
        #expect(text(try bytes(list, .utf16BigEndian)).text == list)
    }

    @Test func `what an XML declaration says counts wherever it stands before the first element`() {
        let word: [UInt8] = [0xCF, 0xE5, 0xF1, 0xED, 0xFF]
        for front in ["", " \n", "<!-- made by hand -->\n", "junk "] {
            let list = Array("\(front)<?xml version='1.0' encoding='windows-1251'?><rss>".utf8) + word
            #expect(text(list).text.hasSuffix("<rss>Песня"))
        }
        let late = Array("<rss><a>&lt;?xml <?xml version='1.0' encoding='windows-1251'?>".utf8) + word
        #expect(!text(late).text.hasSuffix("Песня"))
    }

    @Test func `XML may have other bytes in it`() {
        #expect(
            ListFormat.rss.isIn(Array("\0\u{1}\u{2}<?XML version".utf8))
                && ListFormat.xspf.isIn(Array("<playlist>\0".utf8)))
        #expect(!ListFormat.rss.isIn(Array("<\0PNG".utf8)) && !ListFormat.m3u.isIn(Array("<?xml".utf8)))
    }

    @Test func `a text is told from other bytes`() throws {
        let texts = [
            "", "a", "\u{FEFF}#EXTM3U\r\n\t\u{C}夜", "a\u{1B}[2Jb\u{7}.mp3\n",
            String(repeating: "word ", count: 99) + "\u{8}\u{8}\u{8}"
        ]
        #expect(texts.allSatisfy { TextDecoder.isText(Array($0.utf8)) })
        let others: [[UInt8]] = [
            [0], Array("PK\u{3}\u{4}\u{14}\u{1}".utf8), Array("fLaC\0\0\0\"".utf8), [0x1F, 0x8B, 8, 1, 2]
        ]
        #expect(!others.contains { TextDecoder.isText($0) })
    }

    @Test(
        arguments: [
            ("cp1251", [0xCF, 0xE5, 0xF1, 0xED, 0xFF], "Песня"), ("Windows-1253", [0xD4, 0xF1, 0xE1], "Τρα"),
            ("KOI8-U", [0xF0, 0xA4], "Пє"), ("x-sjis", [0x89, 0xCC, 0x5C], "歌\\"), ("EUC_JP", [0xB2, 0xCE], "歌"),
            ("gb2312", [0xB8, 0xE8], "歌"), ("euc-kr", [0xB3, 0xEB, 0xB7, 0xA1], "노래"), ("Big5", [0xBA, 0x71], "歌"),
            ("iso8859-15", [0xA4, 0xBD], "€œ"), ("ISO_8859-2", [0xB9, 0xE8], "šč"), ("latin1", [0x80, 0xE9], "€é"),
            ("UTF8", [0xC5, 0xBE], "ž"), ("utf-16", [0xC5, 0xBE], "ž"), ("macintosh", [0x8E], "é")
        ] as [(String, [UInt8], String)])
    func `a name of an encoding is known however it is written`(_ name: String, _ bytes: [UInt8], _ expected: String) {
        #expect(text(bytes, charset: name).text == expected)
        let head = "<?xml version='1.0' encoding=\"\(name)\" ?>"
        #expect(text(Array(head.utf8) + bytes, charset: "windows-1256").text == head + expected)
    }

    @Test func `text that says nothing is UTF-8, and what is none is what Windows wrote`() {
        #expect(text(Array("Ž夜🎵".utf8), pieces: 1).text == "Ž夜🎵")
        #expect(text(Array("Ž夜🎵".utf8), pieces: 1).remarks.isEmpty)
        let mixed = text(Array("Ž ".utf8) + [0x44, 0xE9, 0x6A, 0xE0, 0x20, 0x76, 0x75, 0x85], pieces: 1)
        #expect(mixed.text == "Ž Déjà vu…")
        #expect(mixed.remarks == ["3 bytes are not UTF-8, and read as well as can be"])
    }

    @Test func `bytes that are no characters are told and cost no others`() {
        let found = text([0x61, 0x81, 0x20, 0x89, 0xCC, 0x62, 0x89], charset: "shift_jis", pieces: 1)
        #expect(found.text == "a\u{FFFD} 歌b\u{FFFD}")
        #expect(found.remarks == ["2 bytes are not CP932, and read as well as can be"])
    }

    @Test func `an encoding that nobody knows is told`() {
        let found = text(Array("Ž".utf8) + [0xE9], charset: "klingon-8//IGNORE")
        #expect(found.text == "Žé")
        #expect(found.remarks.count == 2)
        #expect(found.remarks.first?.contains("klingon-8IGNORE") == true)
    }

    @Test func `every kind of list is read in what it is written in`() throws {
        let table = try bytes("title,artist\nNoël,Zoé\n", .windowsCP1252)
        #expect(try entries(table, .csv).entries.map(\.artist) == ["Zoé"])
        let pls = try bytes("[playlist]\nFile1=a.mp3\nTitle1=Čas - Šíp\n", .windowsCP1250)
        #expect(try entries(pls, .pls, charset: "windows-1250").entries.map(\.title) == ["Šíp"])
        let m3u = [0xFF, 0xFE] + (try bytes("#EXTM3U\r\n#EXTINF:5,Ж - Щ\r\nhttp://h/a.mp3\r\n", .utf16LittleEndian))
        #expect(try entries(m3u, .m3u).entries.map(\.artist) == ["Ж"])
        #expect(ListFormat(name: "x", head: TextDecoder.text(m3u, charset: nil)) == .m3u)
        let feed = "<?xml version=\"1.0\" encoding=\"ISO-8859-2\"?><rss><channel><title>Ŕ</title></channel></rss>"
        #expect(try entries(bytes(feed, .isoLatin2), .rss).header.title == "Ŕ")
    }
}
