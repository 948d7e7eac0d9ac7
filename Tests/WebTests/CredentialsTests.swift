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
        ("\tbearer \t T \r", .bearer(token: "T")), ("bearer pässwörd", .bearer(token: "pässwörd"))
    ])
    func `every scheme is read`(scheme: String, expected: Secret) throws {
        #expect(try secret("n", "https://example.org/a", in: "n example.org \(scheme)\n") == expected)
    }

    @Test func `comments and blank lines say nothing`() throws {
        let text = "# n example.org bearer WRONG\n\n   \t\n  # more\nn example.org bearer RIGHT"
        #expect(try secret("n", "https://example.org/a", in: text) == .bearer(token: "RIGHT"))
    }

    @Test(arguments: [
        "n example.org", "n", "n example.org magic S3CR3T", "n example.org bearer",
        "n example.org bearer S3CR3T S3CR3T",
        "n example.org basic S3CR3T", "n example.org header X-Key", "n example.org apikey S3CR3T x",
        "n example.org bearer S3C\u{1}"
    ])
    func `a line that is wrong is named by its number and never by its text`(line: String) {
        let failure = #expect(throws: Failure.self) { try credentials("# first\n\(line)\n") }
        #expect(failure?.class == .config)
        #expect(failure?.code == "bad_credentials")
        #expect(failure?.message.contains("line 2 ") == true)
        #expect(failure?.message.contains("S3C") == false)
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
