import Testing
import Wire

@testable import tell

@Suite struct BodyTemplateTests {
    private func template(_ text: String) throws -> BodyTemplate { try BodyTemplate(Array(text.utf8), name: "x") }

    @Test func `what a notice says stands in strings at any depth, and the result is JSON`() throws {
        let body = try template(#"{"content":"%title%: 100%%","n":[1,{"t":"%count% %event% %id% %time%"}],"b":true}"#)
        let filled = body.filled(try NoticeContentTests.notice(title: #"a "quoted" \ %text%"#))
        let object = try #require(JSON(parsing: Array(filled.text)).object)
        #expect(object["content"]?.string == #"a "quoted" \ %text%: 100%"#)
        let inner = object["n"]?.elements.last?.object
        #expect(inner?["t"]?.string == "3 failed notice:1 2026-11-26T16:00:00Z")
        #expect(object["b"]?.boolean == true)
    }

    @Test(arguments: [#"{"a":"%titel%"}"#, #"{"a":"50%"}"#, #"{"a":"#])
    func `a word that there is not, a lone percent sign and what is no JSON are refused`(text: String) {
        #expect(throws: Failure.self) { try template(text) }
    }
}
