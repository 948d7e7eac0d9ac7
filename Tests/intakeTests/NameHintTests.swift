import Testing
import Wire

@testable import intake

@Suite struct NameHintTests {
    private func track(_ name: String, in source: String, _ told: Track = Track()) -> Track {
        var track = told
        NameHint(name, in: source).complete(&track)
        return track
    }

    @Test(arguments: [
        "01 Title.wav", "01. Title.wav", "01 - Title.wav", "1_Title.wav", "The Artist - The Album - 01 Title.wav"
    ])
    func `the number and the title are told apart`(name: String) {
        let track = track(name, in: "/inbox/The Artist - The Album.zip")
        #expect((track.trackNumber, track.title) == (1, "Title"))
        #expect((track.artist, track.album) == ("The Artist", "The Album"))
    }

    @Test func `a disc before the number is one`() {
        let track = track("Album/2-07 Title.flac", in: "/inbox/x.tar.gz")
        #expect((track.discNumber, track.trackNumber, track.title, track.album) == (2, 7, "Title", "Album"))
    }

    @Test func `a title that is all there is stays whole`() {
        #expect(track("Title.mp3", in: "/inbox/Title.mp3").title == "Title")
        #expect(track("1979.mp3", in: "/inbox/1979.mp3").title == "1979")
    }

    @Test func `tags take precedence, and a folder adds nothing to them`() {
        var told = Track()
        (told.title, told.artist) = ("Told", "Somebody")
        let track = track("01 Title.flac", in: "/inbox/The Artist - The Album.zip", told)
        #expect((track.title, track.artist, track.album, track.trackNumber) == ("Told", "Somebody", nil, 1))
    }

    @Test(arguments: [
        ("cover.jpg", 0), ("Folder.PNG", 1), ("front.jpg", 2), ("Album cover.jpg", 5), ("scan.jpg", nil),
        ("back cover.jpg", nil)
    ])
    func `covers are known by their names`(name: String, rank: Int?) { #expect(CoverName.rank(name) == rank) }
}
