import Catalogue
import Testing

@testable import record

@Suite struct PlaylistTextTests {
    private func lines(_ entry: Playlist.Entry) -> [String] {
        let text = PlaylistText(Playlist(title: "Title", entries: [entry]))
        return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").dropFirst(2).map(String.init)
    }

    private func entry(
        title: String? = "Title", artist: String? = "Artist", duration: Double? = 61.5, path: String? = "A/B/c.flac",
        failure: String? = nil
    ) -> Playlist.Entry {
        Playlist.Entry(id: "c:track:7", title: title, artist: artist, duration: duration, path: path, failure: failure)
    }

    @Test func `an empty playlist is its head`() {
        let text = PlaylistText(Playlist(title: "a\r\nb", entries: []))
        #expect(String(decoding: text.bytes, as: UTF8.self) == "#EXTM3U\n#PLAYLIST:a  b\n")
    }

    @Test func `a track has its length in whole seconds, its names and a path from the playlists' folder`() {
        #expect(lines(entry()) == ["#EXTINF:62,Artist - Title", "../A/B/c.flac"])
        #expect(lines(entry(path: "100 % & ä/#1.flac")).last == "../100 % & ä/#1.flac")
    }

    @Test(arguments: [nil, Double.infinity, 1e300]) func `a length that is not known is -1`(_ duration: Double?) {
        #expect(lines(entry(duration: duration)).first == "#EXTINF:-1,Artist - Title")
    }

    @Test func `names that are not known are left out`() {
        #expect(lines(entry(artist: nil)).first == "#EXTINF:62,Title")
        #expect(lines(entry(title: "", artist: "")).first == "#EXTINF:62,c.flac")
        #expect(lines(entry(title: nil, artist: nil, path: nil)) == ["# missing: c:track:7"])
    }

    @Test func `a missing track is a comment that says why`() {
        let missing = entry(path: nil, failure: "permanent no_key")
        #expect(lines(missing) == ["# missing: Artist - Title (permanent no_key)"])
    }

    @Test func `a file beside the playlist is never taken for a comment`() {
        #expect(lines(entry(path: "Playlists/#1.flac")).last == "./#1.flac")
        #expect(lines(entry(path: "Playlists/1.flac")).last == "1.flac")
        #expect(lines(entry(path: "Playlists2/1.flac")).last == "../Playlists2/1.flac")
    }

    @Test func `a path that no line can hold is a comment`() {
        #expect(lines(entry(path: "a\nb.flac")) == ["# not listed: Artist - Title (a line break in its path)"])
    }

    @Test(arguments: ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\0", "\u{0B}", "\u{0C}"])
    func `no title breaks its line`(_ mark: String) {
        #expect(lines(entry(title: "a\(mark)#b")) == ["#EXTINF:62,Artist - a #b", "../A/B/c.flac"])
    }
}
