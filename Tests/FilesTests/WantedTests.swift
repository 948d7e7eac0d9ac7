import Files
import Testing
import Wire

@Suite struct WantedTests {
    /// What is asked for, the ref of the request for it, and its id where the default catalog is `home`.
    private static let table: [(String, String, String)] = [
        ("track:7", "track:7", "home:track:7"), (" track:7\t\n", "track:7", "home:track:7"),
        ("shop:track:7", "shop:track:7", "shop:track:7"), ("album:track:5", "album:track:5", "home:album:track:5"),
        ("track:isrc:us-rc1-76-07839", "track:isrc:USRC17607839", "home:track:isrc:USRC17607839"),
        ("shop:track:a b.mp3", "shop:track:a b.mp3", "shop:track:a b.mp3"),
        ("http://h/a.mp3", "http://h/a.mp3", "url:track:\(SHA256.of("http://h/a.mp3").prefix(32))"),
        ("http://u:p@h/list", "http://u:p@h/list", "file:playlist:\(SHA256.of("http://h/list").prefix(32))"),
        ("folder:/a/b c.zip", "folder:/a/b c.zip", "file:folder:\(SHA256.of("/a/b c.zip").prefix(32))"),
        ("folder:/a//b/", "folder:/a/b", "file:folder:\(SHA256.of("/a/b").prefix(32))"),
        ("/no/list.m3u", "/no/list.m3u", "file:playlist:\(SHA256.of("/no/list.m3u").prefix(32))")
    ]

    @Test(arguments: table)
    func `what is asked for is one request, whoever reads it`(_ text: String, _ ref: String, _ id: String) throws {
        let request = try Wanted(text).request(catalog: "home")
        #expect(try request.ref == ref && request.id == id && request.kind == "request")
    }

    @Test(arguments: ["", " ", "track:", "song:1", "playlist:a b", "track: 1", "track:\u{0}", "Track:1", "what is this"]
    )
    func `anything else is refused`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try Wanted(text) }
        #expect(failure?.code == "bad_ref")
    }

    @Test func `a file of another machine is none of this one`() {
        let failure = #expect(throws: Failure.self) { try Wanted("file://nas/m/a.m3u") }
        #expect(failure?.code == "bad_url")
    }
}
