import Testing
import Wire

@testable import Ledger

@Suite struct HistoryTests {
    private static let day: Int64 = 86_400_000

    /// Takes a track to the last stage, with a file of so many bytes.
    private func fetch(_ bench: Bench, _ id: String, bytes: Int) throws -> Job {
        try bench.add(id)
        try bench.pass(0)
        try bench.pass(1)
        let job = try #require(try bench.claim(2).first)
        var record = try #require(job.record)
        record.edit("file") { $0["bytes"] = .integer(bytes) }
        try bench.settle(job, .final(record))
        return try #require(try bench.claim(3).first)
    }

    private func finish(_ bench: Bench, _ id: String, bytes: Int) throws {
        let job = try fetch(bench, id, bytes: bytes)
        #expect(try bench.settle(job, .final(#require(job.record))) == .ended(.done))
    }

    @Test func `each day tells what was done, skipped and failed, and keeps it when the items are forgotten`() throws {
        let bench = try Bench()
        bench.now = 20_000 * Self.day + Self.day / 2
        try finish(bench, "c:track:1", bytes: 500)
        try bench.add("c:track:2")
        try bench.pass(0)
        let second = try #require(try bench.claim(1).first)
        try bench.settle(second, .final(.skip(#require(second.record), why: "it is there")))
        let told = try #require(try bench.claim(3).first)
        try bench.settle(told, .final(#require(told.record)))
        bench.now += 2 * Self.day
        try finish(bench, "c:track:3", bytes: 70)
        try bench.add("c:track:4")
        let fourth = try #require(try bench.claim(0).first)
        try bench.settle(fourth, .failed(.permanent("gone", "gone")))
        let letter = try #require(try bench.claim(3).first)
        try bench.settle(letter, .final(#require(letter.record)))
        _ = try bench.ledger.clear(.all, route: bench.route, now: bench.now)
        _ = try bench.ledger.clear(.state(.failed), route: bench.route, now: bench.now)
        #expect(try bench.ledger.counts().isEmpty)
        try bench.restart()
        let days = try bench.ledger.history(days: 3, now: bench.now)
        #expect(days.map(\.done) == [1, 0, 1] && days.map(\.skipped) == [1, 0, 0] && days.map(\.bytes) == [500, 0, 70])
        #expect(days.map(\.failures) == [[:], [:], ["permanent": 1]] && Set(days.map(\.date)).count == 3)
    }

    @Test func `sizes that no file has are counted as far as sums stay in range`() throws {
        let bench = try Bench()
        for id in ["c:track:1", "c:track:2"] { try finish(bench, id, bytes: .max) }
        try bench.restart()
        try finish(bench, "c:track:3", bytes: .max)
        #expect(try bench.ledger.history(days: 1, now: bench.now).map(\.bytes) == [1 << 50])
    }

    @Test func `an answer whose claim is void counts nothing, and an answer for a second list nothing more`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        try bench.add("c:playlist:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        try bench.pass(1)
        try bench.pass(2)
        let job = try #require(try bench.claim(3).first)
        #expect(try bench.settle(job, .final(#require(job.record))) == .moved(3))
        #expect(try bench.settle(job, .final(#require(job.record))) == .void)
        let again = try #require(try bench.claim(3, 9).first { $0.id == "c:track:1" })
        #expect(try bench.settle(again, .final(#require(again.record))) == .ended(.done))
        #expect(try bench.ledger.history(days: 1, now: bench.now).map(\.done) == [1])
    }

    @Test func `what a transaction that fails had counted is not counted`() throws {
        struct Stop: Error {}
        let bench = try Bench()
        let job = try fetch(bench, "c:track:1", bytes: 5)
        #expect(throws: Failure.self) {
            try bench.change { change in
                _ = try change.settle(job, .final(#require(job.record)))
                throw Stop()
            }
        }
        #expect(try bench.ledger.history(days: 1, now: bench.now).map(\.done) == [0])
        try bench.settle(job, .final(#require(job.record)))
        #expect(try bench.ledger.history(days: 1, now: bench.now).map(\.bytes) == [5])
    }

    @Test func `the pace is that of the last minutes, once there is one to go by`() throws {
        let bench = try Bench()
        bench.now = 20_000 * Self.day
        try finish(bench, "c:track:1", bytes: 1000)
        #expect(try bench.ledger.recentPace(now: bench.now + 59_000) == nil)
        bench.now += 90_000
        try finish(bench, "c:track:2", bytes: 1000)
        let pace = try #require(try bench.ledger.recentPace(now: bench.now + 10_000))
        #expect(pace.itemsPerSecond == 0.02 && pace.bytesPerSecond == 20)
        #expect(try bench.ledger.recentPace(now: bench.now + 3_600_000) == nil)
    }
}
