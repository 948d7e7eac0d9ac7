import Testing
import Wire

@testable import Web

@Suite struct TargetTests {
    @Test(arguments: [
        ("http://example.org/a", "example.org", "example.org"), ("HTTPS://EXAMPLE.org", "example.org", "example.org"),
        ("https://example.org:8443/a?b#c", "example.org:8443", "example.org"),
        ("http://[::1]:80/", "[::1]:80", "[::1]"),
        ("http://user:word@example.org/", "example.org", "example.org"),
        ("http://127.0.0.1:1/", "127.0.0.1:1", "127.0.0.1")
    ])
    func `a web URL has a host, with the port where one is named`(url: String, host: String, name: String) throws {
        let target = try Target(url)
        #expect(target.host == host)
        #expect(target.name == name)
        #expect(target.url == url)
    }

    @Test func `a link is asked for as a browser would`() throws {
        #expect(try Target("http://h/my cover\\ž.jpg?a=b c#d").url == "http://h/my%20cover/%C5%BE.jpg?a=b%20c#d")
    }

    @Test(arguments: [
        "", "a", "/a", "example.org/a", "ftp://example.org/", "file:///etc/hostname", "http://", "https://?a",
        "http://exam ple.org/a", "http://example.org/\r\nX: 1", "data:,a", "http://example.org:99999/"
    ])
    func `anything else is permanent`(url: String) {
        let failure = #expect(throws: Failure.self) { try Target(url) }
        #expect(failure?.class == .permanent)
        #expect(failure?.code == "bad_url")
    }

    @Test(arguments: [
        ("http://a.example/1", "http://a.example/2", true), ("http://a.example/", "https://a.example/", true),
        ("https://a.example/", "http://a.example/", false), ("http://a.example/", "http://b.example/", false),
        ("http://a.example/", "http://a.example:8080/", false), ("http://a.example/", "http://x.a.example/", false)
    ])
    func `a redirect to the same host may have its secrets, unless in clear`(
        from: String, to: String, may: Bool
    ) throws {
        #expect(try Target(to).mayHaveSecrets(of: Target(from)) == may)
    }
}
