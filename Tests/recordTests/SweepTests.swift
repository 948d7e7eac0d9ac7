import Files
import FoundationEssentials
import Testing
import Wire

@testable import record

@Suite struct SweepTests {
    private func inSpool(_ body: (String) throws -> Void) throws {
        let spool = FileManager.default.temporaryDirectory.path + "/sweep-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: spool) }
        for part in SpoolName.Part.allCases {
            try Data("x".utf8).write(
                to: URL(filePath: SpoolName(of: Record(kind: "track", id: "a")).path(part, in: spool)))
        }
        try body(spool)
    }

    private func record(_ path: String, id: String = "a") -> Record {
        var record = Record(kind: "track", id: id)
        record.edit("file") { file in
            file["path"] = .string(path)
            file["bytes"] = .integer(1)
            file["sha256"] = .string("00")
        }
        return record
    }

    private func names(_ spool: String) -> Int? { try? FileManager.default.contentsOfDirectory(atPath: spool).count }

    @Test func `an item's own files go together`() throws {
        try inSpool { spool in
            var sweep = Sweep()
            sweep.remove(record(SpoolName(of: Record(kind: "track", id: "a")).path(.clear, in: spool)), keeping: nil)
            #expect(names(spool) == 0)
        }
    }

    @Test func `so does what a stage of one's own left beside them, which is looked for later`() throws {
        try inSpool { spool in
            let stem = spool + "/" + SpoolName(of: Record(kind: "track", id: "a")).stem
            for other in [stem + ".clear.opus", stem + ".log", spool + "/cover.opus"] {
                try Data("x".utf8).write(to: URL(filePath: other))
            }
            var sweep = Sweep()
            sweep.remove(record(stem + ".clear.opus"), keeping: nil)
            #expect(names(spool) == 2)
            sweep.removeLeavings()
            #expect(try FileManager.default.contentsOfDirectory(atPath: spool) == ["cover.opus"])
        }
    }

    @Test func `what was written after the item was booked belongs to its next run`() throws {
        try inSpool { spool in
            let stem = spool + "/" + SpoolName(of: Record(kind: "track", id: "a")).stem
            try Data("x".utf8).write(to: URL(filePath: stem + ".log"))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: stem + ".log")
            var sweep = Sweep()
            sweep.remove(record(stem + ".media"), keeping: nil)
            sweep.removeLeavings()
            #expect(names(spool) == 1)
        }
    }

    @Test func `after 256 items what other stages left is looked for`() throws {
        try inSpool { spool in
            var sweep = Sweep()
            for number in 1...256 {
                let stem = spool + "/" + SpoolName(of: Record(kind: "track", id: "b\(number)")).stem
                try Data("x".utf8).write(to: URL(filePath: stem + ".log"))
                #expect(names(spool) == 5 + number)
                sweep.remove(record(stem + ".media", id: "b\(number)"), keeping: nil)
            }
            #expect(names(spool) == 5)
        }
    }

    @Test func `nothing goes for another item's record, or for the placed file itself`() throws {
        try inSpool { spool in
            let path = SpoolName(of: Record(kind: "track", id: "a")).path(.clear, in: spool)
            var sweep = Sweep()
            sweep.remove(record(path, id: "b"), keeping: nil)
            sweep.remove(record(path), keeping: path)
            sweep.remove(Record(kind: "track", id: "a"), keeping: nil)
            #expect(names(spool) == 5)
        }
    }

    @Test func `a picture that tracks share goes at the end, with the word of how it failed`() throws {
        try inSpool { spool in
            let shared = SpoolName.artwork(url: "https://example.org/c", in: spool)
            for path in [shared, shared + ".failed"] { try Data("x".utf8).write(to: URL(filePath: path)) }
            var line = record(SpoolName(of: Record(kind: "track", id: "a")).path(.media, in: spool))
            line.edit("track") { $0["artwork_url"] = .string("https://example.org/c") }
            var sweep = Sweep()
            sweep.remove(line, keeping: nil)
            #expect(names(spool) == 2)
            sweep.removeArtwork()
            #expect(names(spool) == 0)
        }
    }
}
