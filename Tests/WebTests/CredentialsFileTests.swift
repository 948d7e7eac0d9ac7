import Foundation
import Synchronization
import Testing
import Wire

@testable import Web

@Suite final class CredentialsFileTests {
    private let path = FileManager.default.temporaryDirectory.path + "/credentials-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func write(_ text: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func secret(in file: CredentialsFile) throws -> Secret? {
        try file.credentials.secret(.named("n"), for: Target("https://example.org/"))
    }

    @Test func `what is written there counts from the next look on`() throws {
        try write("n example.org bearer OLD")
        let file = try CredentialsFile(path)
        #expect(file.refresh() == 0)
        try write("n example.org bearer NEW")
        #expect(file.refresh() == 1 && file.refresh() == 1)
        #expect(try secret(in: file) == .bearer(token: "NEW"))
    }

    @Test(arguments: [("n example.org magic", 0o600), ("n example.org bearer NEW", 0o644)])
    func `a change that cannot be read is told once and changes nothing`(text: String, mode: Int) throws {
        try write("n example.org bearer OLD")
        let told = Mutex(0)
        let file = try CredentialsFile(path) { _ in told.withLock { $0 += 1 } }
        try write(text, mode: mode)
        #expect(file.refresh() == 0 && file.refresh() == 0)
        #expect(told.withLock { $0 } == 1)
        #expect(try secret(in: file) == .bearer(token: "OLD"))
        try FileManager.default.removeItem(atPath: path)
        #expect(file.refresh() == 0)
    }
}
