import Testing
import Wire

@testable import tell

@Suite struct NoticeContentTests {
    static func notice(
        title: String = "one", text: String = "one", id: String = "notice:1", event: String = "failed"
    ) throws -> NoticeContent {
        var record = Record(kind: "notice", id: id)
        record.edit("notice") { section in
            section["event"] = .string(event)
            section["title"] = .string(title)
            section["text"] = .string(text)
            section["at"] = .integer(1_795_708_800_000)
            section["count"] = .integer(3)
        }
        return try NoticeContent(record)
    }

    @Test func `a time is written as records and mail have it`() throws {
        let notice = try Self.notice()
        #expect(notice.timestamp == "2026-11-26T16:00:00Z")
        #expect(notice.mailDate == "Thu, 26 Nov 2026 16:00:00 +0000")
    }

    @Test func `a title is one line without control characters`() throws {
        let notice = try Self.notice(title: "a\r\nBcc: b@example.org\n\u{1b}[1m")
        #expect(!notice.title.unicodeScalars.contains { $0.isHarmful })
    }

    @Test(arguments: ["", "a b", "a\nb", "ä"])
    func `an id that could end a header field is refused`(id: String) {
        #expect(throws: Failure.self) { try Self.notice(id: "n\(id)\r") }
    }
}
