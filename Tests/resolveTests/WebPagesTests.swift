import Testing
import Wire

@testable import resolve

@Suite struct WebPagesTests {
    @Test(
        arguments: [
            ("https://www.example.org/en/album/302127", "c:album:302127"),
            ("https://example.org/track/7?utm=x#y", "c:track:7"),
            ("http://api.example.org/playlist/3", "c:playlist:3"), ("https://www.example.org/artist/1/", "c:artist:1"),
            ("https://www.example.org/en/album", nil), ("https://www.example.com/album/1", nil),
            ("https://example.org/", nil), ("https://example.org/album/a b", nil),
            ("https://evil.org/example.org/album/1", nil), ("https://org/album/1", nil)
        ] as [(String, String?)])
    func `a page of a catalog is what it shows`(_ link: String, _ expected: String?) {
        let pages = WebPages(name: "c", host: "api.example.org")
        #expect(pages.reference(link) == expected.flatMap { Reference($0) })
    }

    @Test func `a catalog at an address in numbers has no siblings`() {
        let pages = WebPages(name: "c", host: "127.0.0.1:8098")
        #expect(pages.reference("http://127.0.0.1:8098/album/1") == Reference("c:album:1"))
        #expect(pages.reference("http://10.0.0.1:8098/album/1") == nil)
    }
}
