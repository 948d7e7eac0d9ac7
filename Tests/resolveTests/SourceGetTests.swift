import Testing
import Web
import Wire

@testable import resolve

@Suite struct SourceGetTests {
    private func get(_ members: String) throws -> SourceGet {
        let line = try #require(try JSON(parsing: Array(#"{"kind":"get","url":"http://x/"\#(members)}"#.utf8)).object)
        return try SourceGet(line)
    }

    @Test func `a get is for text and by GET if nothing is said`() throws {
        let plain = try get(#","method":null,"as":null,"depth":null,"content":"""#)
        #expect(plain.form == .text && plain.properties == nil && plain.url == "http://x/")
    }

    @Test func `a PROPFIND has a depth of 0 or 1, and perhaps a content`() throws {
        let asked = try get(#","method":"PROPFIND","depth":1,"content":"<a/>","as":"file""#)
        #expect(asked.properties == PropertyRequest(includesMembers: true, content: "<a/>") && asked.form == .file)
        let own = try get(#","method":"PROPFIND","depth":0"#)
        #expect(own.properties == PropertyRequest(includesMembers: false, content: ""))
        // A GET that succeeds does not stand for it.
        #expect(try asked.key != get("").key)
    }

    @Test(arguments: [
        #","method":"DELETE""#, #","method":"propfind","depth":1"#, #","method":7"#, #","method":"PROPFIND""#,
        #","method":"PROPFIND","depth":2"#, #","method":"PROPFIND","depth":"infinity""#, #","depth":1"#,
        #","content":"x""#,
        #","as":"xml""#, #","as":7"#
    ])
    func `what the manual does not know is refused`(_ members: String) {
        #expect(throws: Failure.self) { try get(members) }
    }

    @Test func `a content has at most 64 KiB`() throws {
        let longest = String(repeating: "x", count: 64 << 10)
        _ = try get(#","method":"PROPFIND","depth":1,"content":"\#(longest)""#)
        #expect(throws: Failure.self) { try get(#","method":"PROPFIND","depth":1,"content":"\#(longest)x""#) }
    }
}
