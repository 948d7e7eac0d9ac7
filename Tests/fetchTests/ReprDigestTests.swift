import Testing
import Wire

@testable import fetch

@Suite struct ReprDigestTests {
    /// The digest of an empty text, in the two spellings.
    private let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    private let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func `the digest is found among others`() {
        for field in ["sha-256=:\(text):", "sha-512=:AAAA:,  sha-256=:\(text):", "sha-256=:\(text):;a=1, md5=:AAAA:"] {
            #expect(ReprDigest.sha256(field).map { hexadecimal($0) } == digits)
        }
    }

    @Test func `a field without a whole digest has none`() {
        for field in [
            "", "sha-512=:AAAA:", "sha-256=:AAAA:", "sha-256=\(text)", "sha-256=:\(text)", "sha-256", "?",
            "sha-256=(1 2)"
        ] {
            #expect(ReprDigest.sha256(field) == nil)
        }
    }
}
