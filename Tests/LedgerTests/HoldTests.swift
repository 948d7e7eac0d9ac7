import Testing
import Wire

@testable import Ledger

@Suite struct HoldTests {
    private let refusal = Failure.config("http_401", "refused", host: "h")

    private func held(_ bench: Bench, _ count: Int, for need: String = "c") throws -> [String] {
        for number in 1...count { try bench.add("\(need):track:\(number)") }
        let jobs = try bench.claim(0, count)
        for job in jobs { try bench.settle(job, .held(refusal, need: need, until: bench.now + 5000)) }
        return jobs.map(\.id)
    }

    private func probe(_ bench: Bench, excluding others: [Int64] = []) throws -> String? {
        let number = try bench.change { try $0.probe(stage: 0, need: "c", excluding: others) }
        let job = try bench.claim(0).first
        #expect(job?.item == number)
        return job?.id
    }

    @Test func `what is held costs no try and does not wake by the clock`() throws {
        let bench = try Bench()
        _ = try held(bench, 2)
        bench.now += 1_000_000
        _ = try bench.change { try $0.wake() }
        #expect(try bench.claim(0, 5).isEmpty)
        #expect(try bench.change { try $0.nextDue() } == nil)
        let item = try #require(try bench.ledger.show("c:track:1")?.item)
        #expect(item.state == .waiting && item.failures == 0)
        #expect(try bench.ledger.held() == [Held(stage: "expand", need: "c", count: 2)])
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `one looks at a time, and none that was refused where that is asked`() throws {
        let bench = try Bench()
        _ = try held(bench, 3)
        #expect(try probe(bench, excluding: [1, 3]) == "c:track:2")
        #expect(try probe(bench, excluding: [1, 3]) == nil)
        #expect(Set([try probe(bench), try probe(bench)]) == ["c:track:1", "c:track:3"])
        #expect(try probe(bench) == nil)
    }

    @Test func `a hold is let go as a whole, and no other with it`() throws {
        let bench = try Bench()
        _ = try held(bench, 3)
        _ = try held(bench, 2, for: "d")
        try bench.change { try $0.postpone(stage: 0, need: "d", seconds: 60) }
        try bench.change { try $0.release(stage: 0, need: "c") }
        #expect(Set(try bench.claim(0, 9).map(\.id)) == ["c:track:1", "c:track:2", "c:track:3"])
        #expect(try bench.ledger.held() == [Held(stage: "expand", need: "d", count: 2)])
        #expect(try bench.ledger.show("d:track:1")?.item.due == bench.now + 60_000)
    }

    @Test func `the next driver tries all that is held`() throws {
        let bench = try Bench()
        _ = try held(bench, 3)
        try bench.change { try $0.releaseAll() }
        #expect(try bench.claim(0, 9).count == 3)
        #expect(try bench.ledger.held().isEmpty)
    }

    @Test func `what was held and then paused or cancelled is held no more`() throws {
        let bench = try Bench()
        _ = try held(bench, 3)
        _ = try bench.change { try $0.pause(.item("c:track:1")) }
        _ = try bench.change { try $0.cancel(.item("c:track:2")) }
        #expect(try bench.ledger.held() == [Held(stage: "expand", need: "c", count: 1)])
        _ = try bench.change { try $0.resume(.item("c:track:1")) }
        let job = try #require(try bench.claim(0).first)
        try bench.settle(job, .failed(.transient("cut", "cut")))
        bench.now += 1_000_000
        _ = try bench.change { try $0.wake() }
        #expect(try bench.claim(0).first?.id == "c:track:1")
    }
}
