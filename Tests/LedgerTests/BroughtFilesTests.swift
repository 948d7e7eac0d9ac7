import Testing
import Wire

@testable import Ledger

/// Members that come with their files, as a folder's do.
@Suite struct BroughtFilesTests {
    private static let stops = [
        Route.Stop(name: "resolve", kinds: ["request", "track"], writesMedia: true),
        Route.Stop(name: "intake", kinds: ["request", "track"], writesMedia: true, renewsOwnOnly: true),
        Route.Stop(name: "place", kinds: ["track"], backoff: Backoff(attempts: 3, base: 0, cap: 0)),
        Route.Stop(name: "record", kinds: ["track", "skip", "error", "done"])
    ]

    /// A track at some place of a folder, with its file and where that is from.
    private func member(_ id: String, of parent: String, at seq: Int = 1) -> Record {
        var record = Record(kind: "track", id: id, parent: parent, seq: seq)
        for section in ["media", "file"] { record.edit(section) { $0["url"] = .string("file:///a/b") } }
        return record
    }

    /// Takes in a folder with this one track, and returns the records whose files are no longer needed.
    private func take(_ bench: Bench, _ folder: String, _ id: String) throws -> [Record] {
        try bench.add(folder)
        try bench.pass(0)
        let job = try #require(try bench.claim(1).first)
        return try bench.change { change in
            _ = try change.settle(job, .member(member(id, of: folder)))
            return change.swept
        }
    }

    @Test func `files of a track that is under way already are given up`() throws {
        let bench = try Bench(Self.stops)
        #expect(try take(bench, "file:folder:a", "file:track:1").isEmpty)
        #expect(try take(bench, "file:folder:b", "file:track:1").map(\.parent) == ["file:folder:b"])
    }

    @Test func `files of a folder that is taken in again after a crash are kept`() throws {
        let bench = try Bench(Self.stops)
        #expect(try take(bench, "file:folder:a", "file:track:1").isEmpty)
        try bench.change { _ = try $0.recover() }
        let job = try #require(try bench.claim(1).first)
        let swept = try bench.change { change in
            _ = try change.settle(job, .member(member("file:track:1", of: "file:folder:a")))
            return change.swept
        }
        #expect(swept.isEmpty)
    }

    @Test func `what a folder's stage wrote is renewed there, and all else where it was`() throws {
        let bench = try Bench(Self.stops)
        _ = try take(bench, "file:folder:a", "file:track:1")
        let job = try #require(try bench.claim(2).first)
        try bench.settle(job, .failed(.stale("no_file", "gone")))
        _ = try bench.change { try $0.wake() }
        #expect(try bench.claim(1).map(\.id) == ["file:track:1"])
        try bench.add("c:track:2")
        try bench.pass(0)
        try bench.pass(1)
        let other = try #require(try bench.claim(2).first)
        try bench.settle(other, .failed(.stale("no_file", "gone")))
        _ = try bench.change { try $0.wake() }
        #expect(try bench.claim(0).map(\.id) == ["c:track:2"])
    }
}
