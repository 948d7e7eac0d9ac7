import Testing
import Wire

@testable import Files

@Suite struct RecordLinkTests {
    @Test func `a record has the link of its input as it may be shown, and none for a reference to a catalog`() {
        let asked = Record(request: "http://ana:pa55@h.example/a.mp3?token=7", id: "url:track:1")
        #expect(asked.link == "http://h.example/a.mp3?…")
        #expect(Record.error(.permanent("gone", "gone"), stage: "fetch", record: asked).link == asked.link)
        #expect(Record(request: "/music/list.m3u", id: "file:playlist:1").link == "/music/list.m3u")
        #expect(Record(request: "album:7", id: "catalog:album:7").link == nil)
        #expect(Record(kind: "track", id: "c:track:1").link == nil)
    }
}
