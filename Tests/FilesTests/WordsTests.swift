import Testing

@testable import Files

@Suite struct WordsTests {
    private func parsed(_ line: String) throws -> [String] {
        try Words.parsed(line.utf8).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("", []), (" \t a  b\r", ["a", "b"]), (#""a b" 'c "d"'"#, ["a b", #"c "d""#]), (#"'' """#, ["", ""]),
            (#""say \"x\" \\ \n""#, [#"say "x" \ \n"#]), (#"'it\'"#, [#"it\"#]), ("'# ü'\t#", ["# ü", "#"]),
            (#"two\ words x\"#, ["two words", #"x\"#])
        ] as [(String, [String])])
    func `quotation marks keep a word together`(line: String, words: [String]) throws {
        #expect(try parsed(line) == words)
    }

    @Test(arguments: [#"pa"ss"#, "it's", #"a\b"#, #"a\\b"#, #"end\"#, #"a"b"c""#, "a#b", #"x\"y"#])
    func `what was a word before there were any is one still`(word: String) throws {
        #expect(try parsed("n \(word) ") == ["n", word])
    }

    @Test(arguments: [#""a b"#, "'a b", #"x "a\""#, #""a"b"#, "'a'''"])
    func `a quotation mark that is not closed, or closed within a word, is a mistake`(line: String) {
        #expect(throws: Words.Mistake.self) { try parsed(line) }
    }

    @Test(arguments: ["", "a", "two words", #"say "x" \ '"#, #"\"#, "# ü\u{A0}"])
    func `a text that was written as a word is read as the same`(text: String) throws {
        #expect(try parsed("a \(Words.written(text)) b") == ["a", text, "b"])
    }
}
