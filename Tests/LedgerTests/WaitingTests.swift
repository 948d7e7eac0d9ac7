import Testing
import Wire

@testable import Ledger

@Suite struct WaitingTests {
    private let day: Int64 = 86_400_000

    /// A track that its host asked to wait for `seconds`, and when it is due.
    private func waiting(_ bench: Bench, seconds: Int) throws -> Int64 {
        bench.now = 1_000 * day
        try bench.add("c:track:1")
        try bench.pass(0)
        let job = try #require(try bench.claim(1).first)
        let fate = try bench.settle(job, .failed(.throttled("wait", "wait", host: "a", retryAfter: seconds)))
        guard case .waits(let due) = fate else { throw Failure.permanent("fate", "\(fate)") }
        return due
    }

    private func isReady(_ bench: Bench) throws -> Bool {
        _ = try bench.change { try $0.wake() }
        return try bench.state("c:track:1") == .ready
    }

    @Test func `an item waits for its time, and not for longer`() throws {
        let bench = try Bench()
        let due = try waiting(bench, seconds: 8)
        bench.now = due - 1
        #expect(try !isReady(bench))
        #expect(try bench.change { try $0.nextDue() } == due)
        bench.now = due
        #expect(try isReady(bench))
    }

    @Test(arguments: [1, 30, 10_000])
    func `a clock that was set back by days is not waited for`(days: Int64) throws {
        let bench = try Bench()
        _ = try waiting(bench, seconds: 8)
        bench.now -= min(days, 999) * day
        #expect(try isReady(bench))
        #expect(try bench.change { try $0.nextDue() } == nil)
    }

    @Test func `a clock that is set right by a little is no reason to hurry`() throws {
        let bench = try Bench()
        let due = try waiting(bench, seconds: 3600)
        bench.now -= 900
        #expect(try !isReady(bench))
        #expect(try bench.change { try $0.nextDue() } == due)
    }

    @Test func `a time that lies years ahead is one that a wrong clock wrote`() throws {
        let bench = try Bench()
        _ = try waiting(bench, seconds: 8)
        try bench.change { try $0.execute("UPDATE item SET due = due + ? WHERE state = 'waiting'", [3650 * day]) }
        #expect(try isReady(bench))
    }

    @Test func `five days that a host asked for are five days`() throws {
        let bench = try Bench()
        let due = try waiting(bench, seconds: 5 * 86_400)
        bench.now += 4 * day
        #expect(try !isReady(bench))
        bench.now = due
        #expect(try isReady(bench))
    }
}
