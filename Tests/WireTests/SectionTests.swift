import Testing

@testable import Wire

@Suite struct SectionTests {
    private func record(_ members: String) throws -> Record {
        try Record(line: Array(#"{"v":1,"id":"c:track:1","kind":"track",\#(members)}"#.utf8))
    }

    private func failure(_ body: () throws(Failure) -> Void) -> Failure? {
        do throws(Failure) {
            try body()
            return nil
        } catch { return error }
    }

    @Test func `a track comes back as it was written`() throws {
        var track = Track()
        (track.title, track.artists, track.artist, track.album) = ("T", ["A", "B"], "A feat. B", "L")
        (track.albumArtist, track.trackNumber, track.trackTotal, track.discNumber, track.discTotal) = ("A", 4, 14, 1, 2)
        (track.releaseDate, track.genres, track.isrc, track.upc, track.label) = ("2001-03-07", ["G"], "I", "0042", "N")
        (track.bpm, track.explicit, track.duration, track.artworkURL) = (123.4, false, 224, "http://example.org/a.jpg")
        (track.lyrics, track.copyright) = ("la", "c")
        var written = Record(kind: "track", id: "c:track:1")
        written.edit("track") { track.write(to: &$0) }
        #expect(try Record(line: Array(written.line)).track == track)
    }

    @Test func `what is absent stays absent, and null counts as absent`() throws {
        let read = try record(#""track":{"title":null,"artists":null}"#).track
        #expect(read == Track())
        var object = JSONObject()
        Track().write(to: &object)
        #expect(String(decoding: object.value.text, as: UTF8.self) == "{}")
    }

    @Test func `a member of the wrong type is named`() throws {
        let read = try record(#""track":{"title":7},"media":[],"file":{"path":"a","bytes":1,"sha256":""}"#)
        #expect(
            failure { () throws(Failure) in _ = try read.track }
                == .permanent("bad_record", "track.title is not a string"))
        #expect(
            failure { () throws(Failure) in _ = try read.media } == .permanent("bad_record", "media is not an object"))
        #expect(
            failure { () throws(Failure) in _ = try read.file }
                == .permanent("bad_record", "file.path is not absolute: a"))
    }

    @Test(arguments: [
        #"{"scheme":"rot13","key_id":"k","chunk_bytes":8,"every":1,"iv_hex":"0000000000000000"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":12,"every":1,"iv_hex":"0000000000000000"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":0,"every":1,"iv_hex":"0000000000000000"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":2097152,"every":1,"iv_hex":"0000000000000000"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":8,"every":0,"iv_hex":"0000000000000000"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":8,"every":1,"iv_hex":"00"}"#,
        #"{"scheme":"bf-cbc-stripe","key_id":"k","chunk_bytes":8,"every":1,"iv_hex":"zz00000000000000"}"#
    ])
    func `a cipher that cannot be is refused`(_ cipher: String) throws {
        let read = try record(#""media":{"url":"http://example.org/","format":"flac","cipher":\#(cipher)}"#)
        #expect(failure { () throws(Failure) in _ = try read.media }?.code == "bad_cipher")
    }

    @Test func `a null cipher means clear bytes`() throws {
        let read = try record(#""media":{"url":"http://example.org/","format":"mp3","cipher":null}"#)
        #expect(try read.media?.cipher == nil)
    }

    @Test func `hex digits come back as bytes`() {
        #expect(bytes(hexadecimal: "00fFa5") == [0, 255, 165])
        #expect(hexadecimal([0, 255, 165]) == "00ffa5")
        #expect(bytes(hexadecimal: "0") == nil)
        #expect(bytes(hexadecimal: "0g") == nil)
    }
}
