import Testing

@testable import Wire

@Suite struct MediaDigestsTests {
    private func media(_ members: String) throws -> Media {
        let text = #"{"v":1,"id":"a","kind":"track","media":{"url":"http://h/","format":"mp3"\#(members)}}"#
        return try #require(try Record(line: Array(text.utf8)).media)
    }

    @Test func `digests come back as they were, in lower case`() throws {
        let told = try media(#","digests":{"md5":"25F9E794323B453885F5181F1B624D0B","crc32":"cbf43926"}"#)
        #expect(told.digests[.md5] == "25f9e794323b453885f5181f1b624d0b" && told.digests[.sha1] == nil)
        #expect(told.digests.algorithms == [.md5, .crc32] && told.isProvable && told.sha256 == nil)
        var object = JSONObject()
        told.write(to: &object)
        #expect(
            String(decoding: try #require(object["digests"]).text, as: UTF8.self)
                == #"{"md5":"25f9e794323b453885f5181f1b624d0b","crc32":"cbf43926"}"#)
        try told.digests.check()
    }

    @Test func `a SHA-256 among them is that of the media`() throws {
        let digest = String(repeating: "a", count: 64)
        #expect(try media(#","digests":{"sha256":"\#(digest)"}"#).sha256 == digest)
        #expect(throws: Failure.self) { try media(#","sha256":"\#(digest)","digests":{"sha256":"bb"}"#) }
    }

    @Test func `media without any is not provable`() throws {
        #expect(
            try !media("").isProvable && !media(#","digests":{}"#).isProvable && !media(#","digests":null"#).isProvable)
    }
}
