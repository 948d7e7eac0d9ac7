import FoundationEssentials
import Testing
import Wire

@testable import Files

/// A folder of a test's own.
enum TemporaryFolder {
    static func make() -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

@Suite struct DigestTests {
    /// The vectors of FIPS 180-4's examples.
    @Test func `the published digests come out`() {
        #expect(SHA256.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `a file's digest is that of all its bytes`() throws {
        let folder = TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = [UInt8](repeating: 97, count: 1_000_000)
        try Data(bytes).write(to: URL(filePath: "\(folder)/million"))
        let found = try digest(ofFile: "\(folder)/million")
        #expect(found.bytes == 1_000_000)
        #expect(found.sha256 == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(throws: Failure.self) { try digest(ofFile: "\(folder)/none") }
    }

    @Test func `folders and last parts are cut at the last slash`() {
        #expect(folder(of: "/a/b") == "/a")
        #expect(folder(of: "/a") == "/")
        #expect(folder(of: "a") == ".")
        #expect(lastPart(of: "/a/b") == "b")
        #expect(lastPart(of: "b") == "b")
        #expect(absolute("/x") == "/x")
        #expect(absolute("x").hasSuffix("/x"))
    }
}
