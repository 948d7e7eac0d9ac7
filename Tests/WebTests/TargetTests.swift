import Files
import Testing
import Wire

@testable import Web

@Suite struct TargetTests {
    @Test(arguments: [
        ("http://example.org/a", "example.org", "example.org"), ("HTTPS://EXAMPLE.org", "example.org", "example.org"),
        ("https://example.org:8443/a?b#c", "example.org:8443", "example.org"),
        ("http://[::1]:80/", "[::1]:80", "[::1]"),
        ("http://127.0.0.1:1/", "127.0.0.1:1", "127.0.0.1")
    ])
    func `a web URL has a host, with the port where one is named`(url: String, host: String, name: String) throws {
        let target = try Target(url)
        #expect(target.host == host)
        #expect(target.name == name)
        #expect(target.url == url)
    }

    @Test(arguments: [
        ("http://user:word@example.org/a", "user", "word"), ("http://us%65r:w%6frd%40@example.org/a", "user", "word@"),
        ("http://user@example.org/a", "user", ""), ("http://:word@example.org/a", "", "word")
    ])
    func `who asks is no part of the URL`(link: String, user: String, password: String) throws {
        let target = try Target(link)
        #expect(target.url == "http://example.org/a" && target.host == "example.org")
        #expect(target.userInfo == UserInfo(origin: "http://example.org", user: user, password: password))
    }

    @Test(arguments: [
        ("HTTPS://Example.org/a?b", "https://example.org"), ("https://example.org:443", "https://example.org"),
        ("http://example.org:443/", "http://example.org:443"), ("http://example.org:80/x", "http://example.org"),
        ("http://u:w@[::1]:8080/", "http://[::1]:8080")
    ])
    func `an origin is scheme, host and port`(link: String, origin: String) throws {
        #expect(try Target(link).origin == origin)
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
