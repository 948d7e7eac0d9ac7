import Testing
import Wire

@testable import resolve

@Suite struct RowTests {
    private func object(_ text: String) throws -> JSONObject {
        try #require(try JSON(parsing: Array(text.utf8)).object)
    }

    @Test func `everyone is named once, and who is featured is told`() throws {
        let row = try #require(
            Row(
                try object(
                    #"""
                    {"id":9007199254740993,"artist":{"name":"A"},"contributors":[
                    {"name":"A","role":"Main"},{"name":"B","role":"Main"},{"name":"A","role":"Featured"},{"name":"C","role":"Featured"}]}
                    """#)))
        #expect(row.id == "9007199254740993")
        #expect(row.track.artists == ["A", "B", "C"])
        #expect(row.track.artist == "A, B feat. C")
    }

    @Test(arguments: ["1900-01-01", "0000-00-00", ""])
    func `a date that says nothing is no date`(_ date: String) throws {
        let row = try Row(object(#"{"id":1,"release_date":"\#(date)","bpm":0,"duration":0,"isrc":"","title":7}"#))
        #expect(row?.track == Track())
    }

    @Test(arguments: [#"{}"#, #"{"id":null}"#, #"{"id":""}"#, #"{"id":1.5}"#, #"{"id":1e3}"#, #"{"id":{}}"#])
    func `a row without an id is none`(_ text: String) throws {
        #expect(Row(try object(text)) == nil)
    }

    @Test func `an album numbers its tracks by disc`() throws {
        let text = """
            {"title":"T","artist":{"name":"A","picture_big":"https://x/a.jpg"},"upc":"007","release_date":"2001-03-07",
            "record_type":"compile"}
            """
        var album = Album(id: "c:album:1", try object(text))
        album.number(
            [(1, 1, 1), (2, 2, 1), (3, 1, 2)].map { id, track, disc in
                JSON.trusting(#"{"id":\#(id),"track_position":\#(track),"disk_number":\#(disc),"isrc":"X\#(id)"}"#)
            })
        var track = Track()
        album.complete(&track, id: "3")
        #expect((track.trackNumber, track.trackTotal, track.discNumber, track.discTotal) == (1, 1, 2, 2))
        #expect(
            (track.isrc, track.album, track.albumArtist, track.upc, track.releaseDate) == (
                "X3", "T", "A", "007", "2001-03-07"
            ))
        #expect(
            track.albumID == "c:album:1" && track.compilation == true && track.artistArtworkURL == "https://x/a.jpg")
        var unknown = Track()
        album.complete(&unknown, id: "9")
        #expect(unknown.trackNumber == nil && unknown.discTotal == 2)
    }
}

extension JSON {
    static func trusting(_ text: String) -> JSON { (try? JSON(parsing: Array(text.utf8))) ?? .string("") }
}
