import Testing

@testable import Files

@Suite struct FileNameTests {
    private func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: [
        ("plain", "plain"), ("AC/DC", "AC_DC"), ("../../etc/passwd", "_.._etc_passwd"),
        ("a\\b:c*d?\"e<f>g|h", "a_b_c_d__e_f_g_h"),
        ("a\0b\u{1}c\u{1F}d\u{7F}e\u{85}f\u{9F}g", "a_b_c_d_e_f_g"), ("tab\tline\n", "tab_line_"),
        ("-rf", "rf"), ("--help", "help"), (".hidden", "hidden"), (". - .x", "x"), ("a-b", "a-b"), ("x-", "x-"),
        ("dots...", "dots"), ("space  ", "space"), ("  both . ", "both"), ("a. b", "a. b")
    ])
    func `a name loses what could lead away or be refused`(text: String, expected: String) {
        #expect(utf8(FileName.segment(text)) == utf8(expected))
    }

    @Test(arguments: ["", ".", "..", "...", " ", "-", "--", ". .", "- . -"])
    func `a name of nothing is an underscore`(text: String) {
        #expect(FileName.segment(text) == "_")
        #expect(FileName.segment(text, extension: "flac") == "_.flac")
    }

    @Test(arguments: [
        ("CON", "CON_"), ("con", "con_"), ("Nul.txt", "Nul_.txt"), ("aux.tar.gz", "aux_.tar.gz"), ("PRN", "PRN_"),
        ("COM1", "COM1_"), ("lpt9", "lpt9_"), ("COM²", "COM²_"), ("COM0", "COM0"), ("COM10", "COM10"),
        ("CONCERT", "CONCERT"), ("CON .x", "CON _.x"), ("Nullarbor", "Nullarbor"), ("LPT", "LPT")
    ])
    func `names of devices are made others`(text: String, expected: String) {
        #expect(FileName.segment(text) == expected)
    }

    @Test func `a device's name with an extension is made another`() {
        #expect(FileName.segment("nul", extension: "mp3") == "nul_.mp3")
    }

    @Test func `both spellings of an accent give the same bytes`() {
        let composed = "Beyonc\u{E9}", decomposed = "Beyonce\u{301}"
        #expect(utf8(composed) != utf8(decomposed))
        #expect(utf8(FileName.segment(decomposed)) == utf8(composed))
        #expect(utf8(FileName.segment(composed)) == utf8(composed))
        #expect(utf8(FileName.segment("\u{1112}\u{1161}\u{11AB}")) == utf8("\u{D55C}"))
    }

    @Test func `a long name is cut to 255 bytes at a whole character`() {
        let name = FileName.segment(String(repeating: "漢", count: 100))
        #expect(name == String(repeating: "漢", count: 85))
        #expect(FileName.segment("a" + String(repeating: "漢", count: 100)).utf8.count == 253)
        #expect(FileName.segment(String(repeating: "a", count: 255)).utf8.count == 255)
        #expect(FileName.segment(String(repeating: "a", count: 256)).utf8.count == 255)
    }

    @Test func `the extension and what is reserved have their room`() {
        let text = String(repeating: "漢", count: 100)
        let name = FileName.segment(text, extension: "flac", reserving: 4)
        #expect(name.hasSuffix("漢.flac"))
        #expect(name.utf8.count == 246 + 5)
        #expect(utf8(name).count + 4 <= 255)
    }

    @Test func `a family of emoji is kept whole or left out`() {
        let family = "👨‍👩‍👧‍👦"
        let name = FileName.segment(String(repeating: family, count: 20))
        #expect(name == String(repeating: family, count: 255 / family.utf8.count))
    }

    @Test func `one character that alone is too long is cut between its marks`() {
        let zalgo = "e" + String(repeating: "\u{336}", count: 300)
        #expect(zalgo.count == 1)
        let name = FileName.segment(zalgo)
        #expect(name.utf8.count == 255)
        #expect(name.unicodeScalars.first == "e")
        #expect(FileName.segment("ab" + zalgo) == "ab")
    }

    @Test func `a cut leaves no space or dot at the end`() {
        let text = String(repeating: "a", count: 253) + ". . more"
        #expect(FileName.segment(text) == String(repeating: "a", count: 253))
    }

    @Test func `safe names stay as they are when they are made safe again`() {
        let long = String(repeating: "é ", count: 200)
        for text in ["..a/b..", "CON", long, "- x", "\u{1F468}\u{200D}x", "a\u{301}\u{323}"] {
            let once = FileName.segment(text)
            #expect(utf8(FileName.segment(once)) == utf8(once))
        }
    }

    @Test(arguments: [
        ("Song", "SONG"), ("Caf\u{E9}", "CAFE\u{301}"), ("Stra\u{DF}e", "STRASSE"), ("\u{3C3}\u{3C2}", "\u{3A3}\u{3A3}")
    ])
    func `names that some file system takes for one have one key`(one: String, other: String) {
        #expect(utf8(FileName.collisionKey(one)) == utf8(FileName.collisionKey(other)))
    }

    @Test func `other names have other keys`() {
        #expect(Set(["a", "\u{E4}", "a ", "b", "\u{FF41}"].map(FileName.collisionKey)).count == 5)
    }
}
