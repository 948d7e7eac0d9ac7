import Files
import FoundationEssentials
import Testing
import Wire

@testable import fetch

@Suite struct FailedPictureTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/picture-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body("\(folder)/artwork-0")
    }

    private func failedAt(_ picture: String) throws -> Double {
        Double(try #require(FileStatus(picture + ".failed")).modified) / 1e9
    }

    @Test func `what went wrong is kept, until it is forgotten`() throws {
        try inFolder { picture in
            #expect(FailedPicture(beside: picture) == nil)
            FailedPicture.note(.transient("http_503", "it answered 503", host: "example.org"), beside: picture)
            let failure = try #require(FailedPicture(beside: picture)).failure
            #expect(failure == .transient("http_503", "it answered 503", host: "example.org"))
            FailedPicture.forget(beside: picture)
            #expect(FailedPicture(beside: picture) == nil)
        }
    }

    @Test func `who waited meanwhile shares a failure, and who comes next asks again`() throws {
        try inFolder { picture in
            FailedPicture.note(.transient("cut", "cut"), beside: picture)
            let (failed, time) = (try #require(FailedPicture(beside: picture)), try failedAt(picture))
            #expect(failed.holds(since: time - 1, start: 0, now: time + 1))
            #expect(!failed.holds(since: time + 0.1, start: 0, now: time + 0.1))
        }
    }

    @Test func `after failures in a row it is left alone, but not by a later process`() throws {
        try inFolder { picture in
            for _ in 0..<3 { FailedPicture.note(.transient("cut", "cut"), beside: picture) }
            let (failed, time) = (try #require(FailedPicture(beside: picture)), try failedAt(picture))
            #expect(failed.holds(since: time + 3.9, start: time - 9, now: time + 3.9))
            #expect(!failed.holds(since: time + 4.1, start: time - 9, now: time + 4.1))
            #expect(!failed.holds(since: time + 1, start: time + 0.5, now: time + 1))
            // A clock that was set back holds nobody up.
            #expect(!failed.holds(since: time + 1, start: time - 9, now: time - 5))
        }
    }

    @Test(arguments: [(0, 0), (1, 0), (2, 1), (3, 4), (4, 16), (5, 64), (6, 256), (7, 300), (1000, 300)])
    func `each failure in a row makes the rest longer, up to five minutes`(count: Int, seconds: Int) {
        #expect(FailedPicture.rest(after: count) == Double(seconds))
    }
}
