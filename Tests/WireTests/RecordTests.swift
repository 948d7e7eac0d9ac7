import Testing

@testable import Wire

@Suite struct RecordTests {
    private func record(_ line: String) throws(Rejection) -> Record { try Record(line: Array(line.utf8)) }

    private func text(_ record: Record) -> String { String(decoding: record.line, as: UTF8.self) }

    private func rejection(_ line: [UInt8]) -> Rejection? {
        do throws(Rejection) {
            _ = try Record(line: line)
            return nil
        } catch { return error }
    }

    private func rejection(_ line: String) -> Rejection? { rejection(Array(line.utf8)) }

    @Test func `a record that nobody changed leaves as it came`() throws {
        let line =
            #"{"x_n":12345678901234567890,"v":1, "a":1.0,"b":1e2,"id":"c:track:1","kind":"track","s":"\u0000\u2028é"}"#
        #expect(text(try record(line)) == line)
    }

    @Test func `a typed change keeps the bytes and the order of every other member`() throws {
        var changed = try record(
            #"{"x_first":[1.0, {"deep" : 1e2}],"v":1,"id":"c:track:1","kind":"track","file":{"path":"/a","x_mine":9007199254740993,"bytes":1,"sha256":"00"},"x_last":-0.0}"#
        )
        changed.edit("file") { $0["bytes"] = .integer(2) }
        #expect(
            text(changed)
                == #"{"x_first":[1.0, {"deep" : 1e2}],"v":1,"id":"c:track:1","kind":"track","file":{"path":"/a","x_mine":9007199254740993,"bytes":2,"sha256":"00"},"x_last":-0.0}"#
        )
    }

    @Test func `a record that is known otherwise keeps its own id among its aliases`() throws {
        let told = try record(#"{"v":1,"id":"a","kind":"track","aliases":["b","c"],"x":1.0}"#)
        let known = told.known(as: "c")
        #expect(known.id == "c" && text(known) == #"{"v":1,"id":"c","kind":"track","aliases":["a","b"],"x":1.0}"#)
        #expect(text(told.known(as: "a")) == text(told))
        let skip = Record.skip(told, why: "there").known(as: "c")
        #expect(skip.id == "c" && skip.aliases == ["a", "b"] && skip["aliases"] == nil)
        #expect(skip.carried.map(text) == text(known))
        #expect(try record(#"{"v":1,"id":"a","kind":"track","aliases":[1,"b",null]}"#).aliases == ["b"])
    }

    @Test func `a new section goes to the end`() throws {
        var changed = try record(#"{"v":1,"id":"c:track:1","kind":"track"}"#)
        changed.edit("recorded") { $0["at"] = .string("now") }
        #expect(text(changed) == #"{"v":1,"id":"c:track:1","kind":"track","recorded":{"at":"now"}}"#)
    }

    @Test(arguments: [
        #"{"v":1,"id":"a","kind":"track""#, #"{"v":1,"id":"a","kind":"track",}"#, #"{"v":01,"id":"a"}"#, #"{"a":.5}"#,
        #"{"a":1.}"#,
        #"{"a":+1}"#, #"{"a":"\x"}"#, #"{"a":tru}"#, #"{'a':1}"#, #"{"a" 1}"#, #"{"a":[1,]}"#, #"{"a":[1 2]}"#,
        "{\"a\":\"\t\"}",
        #"{"a":1} {"b":2}"#, #"{"a":"\u12g4"}"#, #"{"a":NaN}"#, "{"
    ])
    func `what is not JSON is refused`(_ line: String) {
        #expect(rejection(line)?.failure.code == "not_json")
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xE0, 0x9F, 0xBF]
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused, not repaired`(_ bad: [UInt8]) {
        let line = Array(#"{"v":1,"id":"a","kind":"track","x":"plain text"#.utf8) + bad + Array(#""}"#.utf8)
        let found = rejection(line)
        #expect(found?.failure.code == "not_json")
        #expect(found?.failure.message.contains("UTF-8") == true)
        #expect(found?.record == nil)
    }

    @Test(arguments: [#"\ud800"#, #"\udc00"#, #"\ud800x"#, #"\ud800\u0041"#, #"\ud800\ud800"#])
    func `a lone surrogate is told apart, under the record's own id`(_ text: String) {
        let found = rejection(#"{"v":1,"id":"c:track:9","kind":"track","x":{"y":["\#(text)"]}}"#)
        #expect(found?.failure.code == "lone_surrogate")
        #expect(found?.id == "c:track:9")
        #expect(found?.record == nil)
    }

    @Test func `an id with a lone surrogate is no id`() {
        let found = rejection(#"{"v":1,"id":"c:track:\ud800","parent":"\udc00","kind":"track"}"#)
        #expect(found?.failure.code == "lone_surrogate")
        #expect(found?.id == nil)
        #expect(found?.parent == nil)
    }

    @Test func `a replacement character that is really there is kept`() throws {
        #expect(try record("{\"v\":1,\"id\":\"a\u{FFFD}\",\"kind\":\"track\"}").id == "a\u{FFFD}")
    }

    @Test func `a surrogate pair is one character`() throws {
        #expect(try record(#"{"v":1,"id":"\ud83c\udfb5","kind":"track"}"#).id == "🎵")
    }

    @Test func `a higher version is not read any further`() {
        let found = rejection(#"{"v":2,"id":"c:track:1","kind":7}"#)
        #expect(found?.failure.code == "version")
        #expect(found?.id == "c:track:1")
        #expect(found?.record != nil)
    }

    @Test(arguments: [
        #"{"id":"a","kind":"track"}"#, #"{"v":"1","id":"a","kind":"track"}"#, #"{"v":1.0,"id":"a","kind":"track"}"#,
        #"{"v":0,"id":"a","kind":"track"}"#,
        #"{"v":1,"kind":"track"}"#, #"{"v":1,"id":7,"kind":"track"}"#, #"{"v":1,"id":"","kind":"track"}"#,
        #"{"v":1,"id":"a"}"#,
        #"{"v":1,"id":"a","kind":"track","seq":0}"#, #"{"v":1,"id":"a","kind":"track","seq":"1"}"#,
        #"{"v":1,"id":"a","kind":"track","parent":1}"#,
        #"{"v":1,"id":"a","kind":"track","id":"b"}"#, #"{"v":1,"id":"a","kind":"track","file":{},"file":{}}"#, "[1]",
        "\"text\"", "17"
    ])
    func `an envelope that is wrong is told`(_ line: String) {
        let found = rejection(line)
        #expect(found?.failure.code == "bad_envelope")
        #expect(found?.record != nil)
    }

    @Test func `a name written with escapes is the same name`() throws {
        let found = try record(#"{"v":1,"\u0069d":"c:track:1","kind":"track"}"#)
        #expect(found.id == "c:track:1")
    }

    @Test func `NFC and NFD names are two names`() throws {
        var found = try record("{\"v\":1,\"id\":\"a\",\"kind\":\"track\",\"x_\u{E9}\":1}")
        found["x_e\u{301}"] = .integer(2)
        #expect(found["x_\u{E9}"]?.integer == 1)
    }

    @Test func `nesting has a limit that is not the stack's`() {
        func nested(_ levels: Int) -> String {
            #"{"v":1,"id":"a","kind":"track","x":"# + String(repeating: "[", count: levels)
                + String(repeating: "]", count: levels) + "}"
        }
        #expect(rejection(nested(255)) == nil)
        #expect(rejection(nested(256))?.failure.code == "not_json")
        #expect(rejection(nested(500_000))?.failure.code == "not_json")
    }

    @Test func `an error carries the record unless that would make the line too long or too deep`() throws {
        let small = try record(#"{"v":1,"id":"c:track:7","kind":"track","parent":"c:playlist:1","seq":4,"x":1.0}"#)
        let failure = Failure.throttled("http_429", "wait", host: "example.org", retryAfter: 30)
        #expect(
            text(.error(failure, stage: "fetch", record: small))
                == #"{"v":1,"kind":"error","id":"c:track:7","parent":"c:playlist:1","seq":4,"stage":"fetch","class":"throttled","code":"http_429","host":"example.org","message":"wait","retry_after_s":30,"record":{"v":1,"id":"c:track:7","kind":"track","parent":"c:playlist:1","seq":4,"x":1.0}}"#
        )
        let filler = String(repeating: "x", count: Record.maximumLineBytes - 60)
        let large = try record(#"{"v":1,"id":"a","kind":"track","x":"\#(filler)"}"#)
        #expect(Record.error(failure, stage: "fetch", record: large)["record"] == nil)
        let deep = String(repeating: "[", count: 255) + String(repeating: "]", count: 255)
        let nested = try record(#"{"v":1,"id":"a","kind":"track","x":\#(deep)}"#)
        #expect(Record.error(failure, stage: "fetch", record: nested)["record"] == nil)
    }

    @Test func `white space around a line is no part of it`() throws {
        #expect(
            text(try record(" {\"v\":1,\"id\":\"a\",\"kind\":\"track\"} \r")) == #"{"v":1,"id":"a","kind":"track"}"#)
    }
}

extension Rejection: Equatable {
    public static func == (one: Rejection, other: Rejection) -> Bool {
        one.failure == other.failure && one.id == other.id
    }
}
