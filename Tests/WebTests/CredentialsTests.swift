import Testing
import Wire

@testable import Web

@Suite struct CredentialsTests {
    private func credentials(_ text: String) throws(Failure) -> Credentials { try Credentials(text: Array(text.utf8)) }

    private func secret(_ name: String, _ url: String, in text: String) throws(Failure) -> Secret? {
        try credentials(text).secret(.named(name), for: try Target(url))
    }

    @Test(arguments: [
        ("bearer T", Secret.bearer(token: "T")), ("basic U P", .basic(user: "U", password: "P")),
        ("header X-Key some words", .header(name: "X-Key", value: "some words")),
        ("subsonic U P", .subsonic(user: "U", password: "P")), ("apikey K", .apikey(key: "K")),
        ("\tbearer \t T \r", .bearer(token: "T")), ("bearer pässwörd", .bearer(token: "pässwörd")),
        ("basic U three plain words", .basic(user: "U", password: "three plain words")),
        ("basic 'U  V' \"P #1\"", .basic(user: "U  V", password: "P #1")),
        ("subsonic U two words clear", .subsonic(user: "U", password: "two words", isClear: true)),
        ("subsonic U 'all clear'", .subsonic(user: "U", password: "all clear")),
        ("basic U ''", .basic(user: "U", password: "")), ("mpd two words", .mpd(password: "two words"))
    ])
    func `every scheme is read`(scheme: String, expected: Secret) throws {
        #expect(try secret("n", "https://example.org/a", in: "n example.org \(scheme)\n") == expected)
    }

    @Test func `MPD's password is for MPD alone, and for its host and port`() throws {
        let found = try credentials("a h.example:6601 bearer T\nb h.example:6601 mpd OTHER\nc h.example mpd P\n")
        #expect(found.mpdPassword(for: try Target("http://h.example:6600/")) == "P")
        #expect(found.mpdPassword(for: try Target("http://h.example:6601/")) == "OTHER")
        #expect(found.mpdPassword(for: try Target("http://other.example:6600/")) == nil)
        let target = try Target("https://h.example/a")
        #expect(try found.secret(.host, for: target) == nil && found.secret(forLinksTo: target) == nil)
    }

    @Test func `comments and blank lines say nothing`() throws {
        let text = "# n example.org bearer WRONG\n\n   \t\n  # more\nn example.org bearer RIGHT"
        #expect(try secret("n", "https://example.org/a", in: text) == .bearer(token: "RIGHT"))
    }

    @Test(arguments: [
        "n example.org", "n", "n example.org magic S3CR3T", "n example.org bearer",
        "n example.org bearer S3CR3T S3CR3T",
        "n example.org basic S3CR3T", "n example.org header X-Key", "n example.org apikey S3CR3T x",
        "n example.org bearer S3C\u{1}", "n example.org basic U \"S3CR3T", "n example.org basic U 'S3CR3T'S3CR3T",
        "n https://example.org/feed bearer S3CR3T", "n https://U:S3CR3T@example.org bearer T", "n example.org S3CR3T"
    ])
    func `a line that is wrong is named by its number and never by its text`(line: String) {
        let failure = #expect(throws: Failure.self) { try credentials("# first\n\(line)\n") }
        #expect(failure?.class == .config)
        #expect(failure?.code == "bad_credentials")
        #expect(failure?.message.contains("line 2 ") == true)
        #expect(failure?.message.contains("S3C") == false)
    }

    @Test func `what is wrong is told with the file, and with what would be right`() {
        func message(_ line: String) -> String? {
            #expect(throws: Failure.self) { try Credentials(text: Array(line.utf8), of: "/c/mine") }?.message
        }
        let schemes = message("n example.org subsonik U P")
        #expect(schemes?.hasPrefix("line 1 of /c/mine: ") == true)
        for scheme in [
            "bearer TOKEN", "basic USER PASSWORD", "header NAME VALUE", "subsonic USER PASSWORD", "apikey KEY"
        ] {
            #expect(schemes?.contains(scheme) == true)
        }
        #expect(message("n example.org basic U")?.contains("basic takes USER PASSWORD") == true)
        #expect(message("\n n example.org basic 'U P") == "line 2 of /c/mine: a quotation mark is not closed")
    }

    @Test func `a byte order mark is no part of a name`() throws {
        #expect(try secret("n", "https://example.org/", in: "\u{FEFF}n example.org bearer T") == .bearer(token: "T"))
    }

    @Test(arguments: [
        ("https://example.org", "https://example.org/a", true),
        ("https://example.org/", "https://example.org:443/", true),
        ("https://example.org", "http://example.org/a", false),
        ("https://example.org", "https://example.org:8443/a", false),
        ("http://example.org:8080", "http://example.org:8080/a", true),
        ("http://example.org", "http://example.org/", true),
        ("example.org", "https://example.org/a", true), ("example.org:8443", "https://example.org:8443/a", true),
        ("example.org", "http://example.org/a", false), ("example.org", "https://feeds.example.org/a", false),
        ("127.0.0.1", "http://127.0.0.1:81/a", true), ("localhost:81", "http://localhost:81/a", true)
    ])
    func `a link gets the secret of its host whatever its name, and in clear only where the line says so`(
        host: String, url: String, isFound: Bool
    ) throws {
        let found = try credentials("any \(host) bearer T").secret(.link([]), for: try Target(url))
        #expect((found != nil) == isFound)
    }

    @Test func `what goes into a query is for no link`() throws {
        let text = "a example.org apikey K\nb example.org subsonic U P\nc example.org bearer T"
        #expect(try credentials(text).secret(.link([]), for: try Target("https://example.org/")) == .bearer(token: "T"))
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: Failure.self) { try Credentials(text: Array("n example.org bearer ".utf8) + [0xFF]) }
    }

    @Test(arguments: [
        ("example.org", "https://example.org/a", true), ("EXAMPLE.org", "https://example.ORG/a", true),
        ("example.org", "https://example.org:8443/a", true), ("example.org:8443", "https://example.org:8443/a", true),
        ("example.org:8443", "https://example.org/a", false), ("example.org:8443", "https://example.org:9/a", false),
        ("example.org", "https://cdn.example.org/a", false), ("example.org", "https://example.org.evil.net/a", false),
        ("example.org", "https://example.org@evil.net/a", false), ("[::1]", "http://[::1]:8080/a", true),
        ("[::1]:8080", "http://[::1]:8080/a", true)
    ])
    func `a secret is for its host alone`(host: String, url: String, isFound: Bool) throws {
        #expect(try (secret("n", url, in: "n \(host) bearer T") != nil) == isFound)
    }

    @Test func `one name may have a secret for each of several hosts`() throws {
        let text = "n one.example bearer 1\nn two.example bearer 2\nother two.example bearer 3"
        #expect(try secret("n", "https://two.example/", in: text) == .bearer(token: "2"))
        #expect(try secret("other", "https://one.example/", in: text) == nil)
    }

    private func missing(_ auth: Auth, in text: String) -> Failure? {
        do throws(Failure) {
            #expect(try credentials(text).secret(auth, for: try Target("https://example.org/")) == nil)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a name that is nowhere is the fault of the record that says it`() {
        let failure = missing(.named("N"), in: "n example.org bearer T")
        #expect(failure?.class == .permanent && failure?.code == "no_credential" && failure?.host == "example.org")
    }

    @Test func `a catalog that must have a credential for its host is not set up without`() {
        for text in ["n example.org bearer T", "home other.example bearer T"] {
            let failure = missing(.own("home", isNeeded: true), in: text)
            #expect(failure?.class == .config && failure?.code == "no_credential" && failure?.host == "example.org")
            #expect(missing(.own("home", isNeeded: false), in: text) == nil)
        }
        let other = missing(.own("home", isNeeded: true), in: "home other.example bearer T")
        #expect(other?.message.contains("is for other.example and not for example.org") == true)
    }
}
