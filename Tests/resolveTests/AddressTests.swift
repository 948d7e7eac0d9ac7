import Testing

@testable import resolve

@Suite struct AddressTests {
    @Test func `a catalog may live below a path`() throws {
        let address = try #require(Address("HTTPS://Api.Example.org:8443/music/"))
        #expect(address.host == "api.example.org:8443")
        #expect(address.appending("/track/1") == "https://Api.Example.org:8443/music/track/1")
    }

    @Test(arguments: [
        ("http://other.example/playlist/3/tracks?index=25", "http://h/api/playlist/3/tracks?index=25"),
        ("https://other.example/api/playlist/3/tracks?index=25", "http://h/api/playlist/3/tracks?index=25"),
        ("/playlist/3/tracks?index=25", "http://h/api/playlist/3/tracks?index=25"),
        ("playlist/3", "http://h/api/playlist/3"), ("http://other.example", "http://h/api/"),
        ("file:///etc/passwd", "http://h/api/etc/passwd")
    ])
    func `a link is followed on the configured host alone`(_ link: String, _ expected: String) throws {
        #expect(try #require(Address("http://h/api")).rebasing(link) == expected)
    }

    @Test(arguments: [
        "", "h", "ftp://h", "http://", "http:/h", "http://h/?a", "http://h/#a", "http://u:p@h", "http://h h"
    ])
    func `what is no address of a catalog is refused`(_ text: String) {
        #expect(Address(text) == nil)
    }

    @Test(arguments: [("1", "1"), ("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("a.b", "a.b"), ("é?", "%C3%A9%3F")]
    )
    func `an id is one part of a path`(_ id: String, _ expected: String) {
        #expect(Address.escape(id) == expected)
    }
}
