import FoundationEssentials
import Testing

@testable import DriverKit

@Suite struct PresenceTests {
    /// Hands over the path of a library that is not there yet, in a folder of its own.
    private func beside(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "presence-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try body("\(folder)/Music")
    }

    private func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    @Test func `a library that is not there yet may be made`() throws {
        try beside { library in
            let presence = Presence(library: library)
            #expect(presence.absence == nil && presence.environment.isEmpty)
        }
    }

    @Test func `another folder in its place is no library, even before there is a catalogue`() throws {
        try beside { library in
            try make(library)
            let presence = Presence(library: library)
            #expect(presence.absence == nil && presence.environment.count == 1)
            try FileManager.default.moveItem(atPath: library, toPath: library + "-aside")
            #expect(presence.absence?.code == "library_gone")
            try make(library)
            #expect(presence.absence?.code == "library_gone")
            // With a catalogue in it, as on a disk that is mounted again under another number.
            try make(library + "/.segue")
            try Data().write(to: URL(filePath: library + "/.segue/catalogue.sqlite"))
            #expect(presence.absence == nil)
        }
    }
}
