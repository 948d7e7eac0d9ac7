import Testing

@testable import Wire

@Suite struct JSONTests {
    @Test(arguments: ["plain", "quote \" backslash \\ slash /", "\u{0}\u{1F}\n\r\t", "é 日本語 🎵", "\u{2028}", ""])
    func `a string comes back as it went in`(_ text: String) throws {
        let json = JSON.string(text)
        let back = try JSON(parsing: Array(json.text)).string
        #expect(back.map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: [
        ("\"\\u00e9\\/\\b\\f\"", "é/\u{8}\u{C}"), ("\"\\ud83c\\udfb5!\"", "🎵!"), ("\"a\\n\\u0000b\"", "a\n\u{0}b")
    ])
    func `escapes are resolved`(_ source: String, _ expected: String) throws {
        #expect(try JSON(parsing: Array(source.utf8)).string == expected)
    }

    @Test func `an integer is one only when it is written as one and fits`() throws {
        func integer(_ text: String) throws -> Int? { try JSON(parsing: Array(text.utf8)).integer }
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("999999999999999999") == 999_999_999_999_999_999)
        #expect(try integer("-99999999999999999") == -99_999_999_999_999_999)
        #expect(try integer("-1") == -1)
        #expect(try integer("-0") == 0)
        #expect(try integer("9223372036854775808") == nil)
        #expect(try integer("1.0") == nil)
        #expect(try integer("1e2") == nil)
        #expect(try integer("\"1\"") == nil)
    }

    @Test func `a number that no Double holds is none`() throws {
        #expect(try JSON(parsing: Array("-1.5e300".utf8)).number == -1.5e300)
        #expect(try JSON(parsing: Array("1e400".utf8)).number == nil)
    }

    @Test func `a whole number is written without a fraction`() {
        #expect(String(decoding: JSON.number(224).text, as: UTF8.self) == "224")
        #expect(String(decoding: JSON.number(123.4).text, as: UTF8.self) == "123.4")
    }

    @Test func `elements are found whatever they hold`() throws {
        let json = try JSON(parsing: Array(#" [ {"a":[1,2]} , "],[" ,[ ] , null ] "#.utf8))
        #expect(
            json.elements.map { String(decoding: $0.text, as: UTF8.self) } == [
                #"{"a":[1,2]}"#, #""],[""#, "[ ]", "null"
            ])
        #expect(json.elements[0].object?["a"]?.elements.map(\.integer) == [1, 2])
    }

    @Test func `of two members with one name the last counts, and removing takes both`() throws {
        var object = try #require(JSON(parsing: Array(#"{"a":1,"b":2,"a":3}"#.utf8)).object)
        #expect(object["a"]?.integer == 3)
        object["a"] = nil
        #expect(String(decoding: object.value.text, as: UTF8.self) == #"{"b":2}"#)
    }

    @Test func `the names of an object's members come in order, escapes resolved and new ones last`() throws {
        var object = try #require(JSON(parsing: Array(#"{"b":1,"\u0061":{"c":2}}"#.utf8)).object)
        object["d"] = .integer(3)
        #expect(object.names == ["b", "a", "d"])
    }

    @Test func `a document deeper than it may be is refused`() {
        #expect(throws: Malformed.self) { try JSON(parsing: Array("[[[]]]".utf8), maximumDepth: 2) }
    }

    @Test func `every truncation of a text is refused`() throws {
        let text = Array(#"{"a":[1.5e-3,"é\u00e9\ud83c\udfb5",true,null,{"b":{}}],"c":-0}"#.utf8)
        _ = try JSON(parsing: text)
        for length in 0..<text.count {
            #expect(throws: Malformed.self) { try JSON(parsing: Array(text[..<length])) }
        }
    }

    @Test(arguments: [
        ("[1,{}]", 2), ("{\"a\":1}", 1), ("\"a\"", 1), ("5", 1), ("[]", 0), ("{ }", 0), ("\"\"", 0), ("null", 0),
        ("false", 0)
    ])
    func `a list of one may be written as that one`(_ text: String, _ count: Int) throws {
        #expect(try JSON(parsing: Array(text.utf8)).listed.count == count)
    }
}
