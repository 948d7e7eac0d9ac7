import Foundation
import Glibc
import Testing
import Wire

@testable import decrypt

@Suite struct KeyringFileTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder + "/keys.txt")
    }

    /// Replaced at one stroke, as an editor does it.
    private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        let part = path + ".new"
        try Data(text.utf8).write(to: URL(filePath: part))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: part)
        #expect(rename(part, path) == 0)
    }

    @Test func `a key that is added, or another than before, counts from the next question on`() throws {
        try inFolder { path in
            try write("one 00112233\n", to: path)
            let keys = try KeyringFile(path) { Issue.record("\($0)") }
            #expect(keys.key("one")?.hexadecimal == "00112233" && keys.key("two") == nil)
            try write("one 44556677\ntwo 8899aabb\n", to: path)
            #expect(keys.key("two")?.hexadecimal == "8899aabb" && keys.key("one")?.hexadecimal == "44556677")
        }
    }

    @Test(arguments: [("one 0011\n", 0o600, "line 1"), ("one 44556677\n", 0o644, "chmod 600")])
    func `a change that is wrong is told of once, and leaves the keys as they were`(
        text: String, mode: Int, word: String
    ) throws {
        try inFolder { path in
            try write("one 00112233\n", to: path)
            var told: [String] = []
            let keys = try KeyringFile(path) { told.append($0) }
            try write(text, to: path, mode: mode)
            for _ in 1...3 { #expect(keys.key("one")?.hexadecimal == "00112233") }
            #expect(told.count == 1 && told[0].contains(word) && !told[0].contains("44556677"))
        }
    }

    @Test func `a file that is gone for a moment leaves the keys as they were`() throws {
        try inFolder { path in
            try write("one 00112233\n", to: path)
            let keys = try KeyringFile(path) { Issue.record("\($0)") }
            try FileManager.default.removeItem(atPath: path)
            #expect(keys.key("one")?.hexadecimal == "00112233")
        }
    }
}
