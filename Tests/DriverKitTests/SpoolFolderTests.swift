import Files
import Foundation
import Testing
import Wire

@testable import DriverKit

@Suite struct SpoolFolderTests {
    /// A spool with the files of two items, a stage's own among them, a shared picture and something of a user.
    private func inSpool(_ body: (SpoolFolder, Set<String>) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/spool-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let spool = try SpoolFolder(path: path)
        let names = [
            "\(stem("a:track:1")).media", "\(stem("a:track:1")).clear.opus", "\(stem("a:track:1")).x.part",
            "\(stem("a:track:10")).clear.opus", lastPart(of: SpoolName.artwork(url: "u", in: path)), "notes.txt"
        ]
        for name in names { try Data("x".utf8).write(to: URL(filePath: "\(path)/\(name)")) }
        try body(spool, Set(names))
    }

    private func stem(_ id: String) -> String { SpoolName(of: record(id)).stem }
    private func record(_ id: String) -> Record { Record(kind: "track", id: id) }

    private func names(_ spool: SpoolFolder) -> Set<String> { Set(Files.names(in: spool.path)) }

    @Test func `an item's files go with all that stages added, and nothing of another item`() throws {
        try inSpool { spool, all in
            spool.sweep([record("a:track:2")])
            #expect(names(spool) == all)
            spool.sweep([record("a:track:1")])
            #expect(names(spool) == all.filter { !$0.hasPrefix("a_track_1-") })
        }
    }

    @Test func `files go together now and then, and at once when their item is fetched anew`() throws {
        try inSpool { spool, all in
            let rest = all.filter { !$0.hasPrefix("a_track_1-") }
            spool.sweepNowAndThen(now: 0)
            spool.note(unneeded: [record("a:track:1")])
            spool.sweep(before: [record("a:track:10")])
            #expect(names(spool) == all)
            spool.sweep(before: [record("a:track:1")])
            #expect(names(spool) == rest)
            spool.note(unneeded: [record("a:track:10")])
            spool.sweepNowAndThen(now: 1_000_000_000)
            // A thread removes them; one who needs them gone waits for it.
            spool.sweep(before: [record("a:track:10")])
            #expect(names(spool) == rest.filter { !$0.hasPrefix("a_track_10-") })
        }
    }

    @Test func `an item's files may come back until the folder is synchronised`() throws {
        try inSpool { spool, _ in
            for (id, now) in [("a:track:1", 0), ("a:track:10", 1_000_000_000)] as [(String, Int64)] {
                spool.note(unneeded: [record(id)])
                spool.sweepNowAndThen(now: now)
                spool.sweep()
            }
            #expect(spool.unsettled == [stem("a:track:1"), stem("a:track:10")])
            spool.sweep(before: [record("a:track:3")])
            #expect(spool.unsettled.count == 2)
            let elsewhere = spool.path + "-elsewhere"
            try FileManager.default.moveItem(atPath: spool.path, toPath: elsewhere)
            spool.sweep(before: [record("a:track:1")])
            #expect(spool.unsettled.count == 2)
            try FileManager.default.moveItem(atPath: elsewhere, toPath: spool.path)
            spool.sweep(before: [record("a:track:1")])
            #expect(spool.unsettled.isEmpty)
        }
    }

    @Test func `what was left of items that are at their end goes when a driver begins`() throws {
        try inSpool { spool, all in
            spool.clear(keeping: [record("a:track:10")], artwork: true)
            #expect(names(spool) == all.filter { !$0.hasPrefix("a_track_1-") })
            spool.clear(keeping: [], artwork: false)
            #expect(names(spool) == ["notes.txt"])
        }
    }
}
