import Testing
import Wire

@testable import Lists

@Suite struct JSPFTests {
    private static let recording = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"

    @Test func `a playlist is read as ListenBrainz writes it`() throws {
        let text = """
            {"playlist":{"title":"Weekly Jams","creator":"listenbrainz","identifier":"https://listenbrainz.org/playlist/x",
            "extension":{"https://musicbrainz.org/doc/jspf#playlist":{"public":true}},
            "track":[{"title":"Don\\u2019t Stop","creator":"Ann","album":"Blue","duration":201500,"trackNum":3,
            "identifier":["https://musicbrainz.org/recording/\(Self.recording.uppercased())"],
            "extension":{"https://musicbrainz.org/doc/jspf#track":[{"added_by":"x"}]}},
            {"identifier":"https://musicbrainz.org/recording/\(Self.recording)","title":"One"}]}}
            """
        let (found, header) = try entries(Array(text.utf8), .jspf)
        #expect(header == ListHeader(title: "Weekly Jams", creator: "listenbrainz"))
        var (first, second) = (ListEntry(), ListEntry())
        (first.title, first.artist, first.album) = ("Don’t Stop", "Ann", "Blue")
        (first.duration, first.trackNumber, first.recordingID) = (201.5, 3, Self.recording)
        (second.title, second.recordingID) = ("One", Self.recording)
        #expect(found == [first, second])
    }

    @Test func `links and pictures are read, and of several links the first`() throws {
        let text = """
            {"playlist":{"image":"c.jpg","track":[{"location":["http://h/a.mp3","http://h/b.mp3"],"image":"a.jpg",
            "annotation":"said","identifier":["urn:isrc:qz-abc-24-00001","other"]},{"location":"b.mp3"}]}}
            """
        let (found, header) = try entries(Array(text.utf8), .jspf)
        #expect(header.artworkURL == "c.jpg")
        #expect(found.map(\.location) == ["http://h/a.mp3", "b.mp3"])
        #expect((found[0].artworkURL, found[0].comment, found[0].isrc) == ("a.jpg", "said", "QZABC2400001"))
    }

    @Test func `what has another type counts as missing`() throws {
        let text = """
            {"playlist":{"title":7,"track":[{"title":["x"],"creator":null,"duration":"1","trackNum":-1,"identifier":[5],
            "location":[null]},7,null,{"title":" "}]}}
            """
        #expect(try entries(text, .jspf) == Array(repeating: ListEntry(), count: 4))
        #expect(try entries(#"{"playlist":{}}"#, .jspf).isEmpty)
    }

    @Test(arguments: [
        (#"{"playlist":{"track":[{"title":"a"}"#, Failure.Class.transient), ("", .transient),
        (#"{"playlist":{"track":[}}"#, .permanent), (#"{"list":{}}"#, .permanent), ("[]", .permanent),
        (String(repeating: #"{"playlist":"#, count: 100), .permanent)
    ])
    func `what is no playlist is refused, and what breaks off is tried again`(
        _ text: String, _ expected: Failure.Class
    ) {
        let failure = #expect(throws: Failure.self) { try entries(text, .jspf) }
        #expect(failure?.class == expected)
        #expect(failure?.code == "bad_list")
    }

    @Test func `it is known by its beginning, and by its name`() {
        #expect(ListFormat(name: "https://h/1/playlist/x", head: Array(#" {"playlist""#.utf8)) == .jspf)
        #expect(ListFormat(name: "x.JSPF", head: []) == .jspf)
    }
}
