import Testing

@testable import Wire

/// Text is looked at sixteen bytes at a time: what matters must be seen wherever in a block it falls.
@Suite struct ScannerTests {
    static let lengths = [0, 1, 14, 15, 16, 17, 30, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 80, 81]

    private func quoted(_ text: [UInt8]) -> [UInt8] { [0x22] + text + [0x22] }

    private func plain(_ length: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "p"), count: length) }

    private func fault(_ text: [UInt8]) -> Malformed? {
        do throws(Malformed) {
            _ = try JSON(parsing: text)
            return nil
        } catch { return error }
    }

    @Test(arguments: lengths, ["", "é", "qqqqqqqqqqqqqqqqqqqq"])
    func `a string ends at its quote, and what follows it is seen`(_ length: Int, _ rest: String) throws {
        let text = quoted(plain(length) + rest.utf8)
        #expect(try JSON(parsing: text).string?.utf8.elementsEqual(plain(length) + rest.utf8) == true)
        #expect(fault(text + [0x22]) == Malformed(what: "bytes after the end of the value", offset: text.count))
        #expect(fault(text.dropLast()) == Malformed(what: "a string that is not closed", offset: text.count - 1))
    }

    @Test(arguments: lengths, [0, 1, 15, 16, 33])
    func `a control character is refused at its place`(_ before: Int, _ after: Int) {
        for control in UInt8(0)..<0x20 {
            #expect(
                fault(quoted(plain(before) + [control] + plain(after)))
                    == Malformed(what: "a raw control character in a string", offset: before + 1))
        }
        #expect(fault(quoted(plain(before) + [0x7F] + plain(after))) == nil)
    }

    @Test(arguments: lengths, [0, 1, 15, 16, 33])
    func `an escape is resolved, or refused at its place`(_ before: Int, _ after: Int) throws {
        let (head, tail) = (plain(before), plain(after))
        for (escape, character) in [("\\\"", "\""), ("\\\\", "\\"), ("\\u00e9", "é"), ("\\ud83c\\udfb5", "🎵")] {
            let text = try JSON(parsing: quoted(head + escape.utf8 + tail))
            #expect(text.string?.utf8.elementsEqual(head + character.utf8 + tail) == true)
            #expect(JSON.string(try #require(text.string)).string == text.string)
        }
        #expect(fault(quoted(head + "\\x".utf8 + tail)) == Malformed(what: "an unknown escape", offset: before + 1))
        #expect(
            fault(quoted(head + "\\udfb5".utf8 + tail)) == Malformed(what: "a lone surrogate", offset: before + 1))
    }

    @Test(arguments: [0, 13, 14, 15, 16, 77, 78, 79], [0, 17])
    func `three bytes are UTF-8 here where they are UTF-8 alone`(_ before: Int, _ after: Int) {
        for text in combinations(of: 3) { expectSameVerdict(text, before, after) }
    }

    @Test func `four bytes are UTF-8 here where they are UTF-8 alone`() {
        for text in combinations(of: 4) where text[0] >= 0xEF { expectSameVerdict(text, 13, 0) }
    }

    private func expectSameVerdict(_ text: [UInt8], _ before: Int, _ after: Int) {
        let isText = String(validating: text, as: UTF8.self) != nil
        let whole = quoted(plain(before) + text + plain(after))
        let fault = fault(whole)
        guard (fault == nil) != isText || fault.map({ $0.what != "invalid UTF-8" || $0.offset <= before }) == true
        else { return }
        Issue.record("\(text) after \(before) bytes and before \(after): \(String(describing: fault))")
    }

    /// All sequences of bytes at which the rules of UTF-8 change.
    private func combinations(of length: Int) -> [[UInt8]] {
        let bytes: [UInt8] = [
            0x61, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5
        ]
        return (0..<length).reduce([[]]) { texts, _ in texts.flatMap { text in bytes.map { text + [$0] } } }
    }

    @Test(arguments: lengths)
    func `unchanged members keep their bytes on both sides of a new value`(_ length: Int) throws {
        let text = String(decoding: plain(length), as: UTF8.self)
        var record = try Record(
            line: Array(#"{"v":1,"id":"a","\#(text)":[1 , 2] ,"kind" : "track", "x":1,"y":"\#(text)","z":0}"#.utf8))
        record["x"] = .integer(2)
        record["n"] = .string(text)
        #expect(
            String(decoding: record.line, as: UTF8.self)
                == #"{"v":1,"id":"a","\#(text)":[1 , 2],"kind" : "track","x":2,"y":"\#(text)","z":0,"n":"\#(text)"}"#)
    }

    @Test(arguments: ["\"\\u0076\":2", "\"\\u0000v\":1", "\"v\\u0000\":1"])
    func `a name with escapes is the name that they spell, and no other`(_ member: String) throws {
        let line = Array(#"{"v":1,"id":"a","kind":"b",\#(member)}"#.utf8)
        #expect(((try? Record(line: line)) == nil) == member.contains("0076"))
    }
}
