import Testing
import Wire

@Suite struct TrackCompletionTests {
    private let names: Track = {
        var track = Track()
        (track.title, track.trackNumber, track.discNumber) = ("Name", 2, 1)
        (track.artist, track.artists, track.album, track.releaseDate) = ("Folder", ["Folder"], "Folder 2", "2001")
        track.artworkURL = "http://x/cover.jpg"
        return track
    }()

    @Test func `names tell what there is where tags tell nothing`() {
        var track = Track()
        track.complete(from: names)
        #expect(track == names)
    }

    @Test func `tags count more, and a name tells no album where they name an artist`() {
        var track = Track()
        (track.title, track.artist, track.genres) = ("Own", "Anna", ["Rock"])
        track.complete(from: names)
        #expect(track.title == "Own" && track.artist == "Anna" && track.genres == ["Rock"] && track.trackNumber == 2)
        #expect(track.album == nil && track.artists.isEmpty && track.releaseDate == nil)
        #expect(track.artworkURL == names.artworkURL)
    }
}
