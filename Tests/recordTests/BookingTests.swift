import Catalogue
import Testing
import Wire

@testable import record

@Suite struct BookingTests {
    @Test(arguments: [("line:3", true), ("line:12345", true), ("line:track:1", false), ("c:track:3", false)])
    func `an id of a line that was no record is known`(_ id: String, _ expected: Bool) {
        #expect(Record(kind: "error", id: id).isUnreadableLine == expected)
    }

    @Test(arguments: [
        ("c:playlist:7", "playlist"), ("url:track:a:b", "track"), ("strange", "unknown"), ("a:b", "unknown")
    ])
    func `the type stands in the middle of an id`(_ id: String, _ expected: String) {
        #expect(Record(kind: "done", id: id).typeInID == expected)
    }

    @Test func `what a done leaves out stays as it was`() {
        var collection = CataloguedCollection(id: "c:playlist:1", type: "playlist")
        let summary = CollectionSummary(type: "playlist", title: "Title", creator: "Somebody", artworkURL: nil)
        collection.update(from: summary, n: 2, total: 3)
        collection.finishedAt = "then"
        collection.update(from: nil, n: nil, total: nil)
        #expect((collection.title, collection.creator) == ("Title", "Somebody"))
        #expect((collection.children, collection.total, collection.finishedAt) == (2, 3, "then"))
    }

    @Test func `a collection that tells something new is to be finished again`() {
        var collection = CataloguedCollection(id: "c:playlist:1", type: "playlist")
        collection.title = "\u{E9}"
        collection.finishedAt = "then"
        let summary = CollectionSummary(type: "playlist", title: "e\u{301}", creator: nil, artworkURL: nil)
        collection.update(from: summary, n: nil, total: nil)
        #expect(collection.finishedAt == nil)
    }
}
