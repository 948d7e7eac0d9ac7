import Testing
import Wire

@testable import Ledger

@Suite struct FailureTests {
    private func fetching(_ bench: Bench) throws -> Job {
        try bench.add("c:track:1")
        try bench.pass(0)
        try bench.pass(1)
        return try #require(try bench.claim(2).first)
    }

    @Test func `what may work later is tried again, and then given up`() throws {
        let bench = try Bench()
        var job = try fetching(bench)
        for _ in 1...2 {
            guard case .waits(let due) = try bench.settle(job, .failed(.transient("cut", "cut"))) else {
                Issue.record("given up too early")
                return
            }
            #expect(due >= bench.now && due <= bench.now + 60_000)
            #expect(try bench.claim(2).isEmpty)
            bench.now = due
            _ = try bench.change { try $0.wake() }
            job = try #require(try bench.claim(2).first)
        }
        #expect(try bench.settle(job, .failed(.transient("cut", "cut"))) == .moved(3))
        #expect(try bench.state("c:track:1") == .failed)
        let letter = try #require(try bench.claim(3).first)
        #expect(letter.record?.kind == "error" && letter.record?["code"]?.string == "cut")
        #expect(try bench.settle(letter, .final(#require(letter.record))) == .ended(.failed))
        #expect(try bench.ledger.show("c:track:1")?.failures.count == 3)
        #expect(try bench.change { try $0.retry(.state(.failed)) } == 1)
        let again = try #require(try bench.claim(2).first)
        #expect(again.line == job.line)
    }

    @Test(arguments: [Selection.state(.failed), .all, .item("c:track:1")], [true, false])
    func `what failed is retried before the stages behind know`(selection: Selection, isClaimed: Bool) throws {
        let bench = try Bench()
        let job = try fetching(bench)
        #expect(try bench.settle(job, .failed(.permanent("gone", "gone"))) == .moved(3))
        let letter = isClaimed ? try bench.claim(3).first : nil
        #expect(try bench.change { try $0.retry(.state(.done)) } == 0)
        #expect(try bench.change { try $0.retry(selection) } == 1)
        if let letter {
            #expect(try bench.settle(letter, .final(#require(letter.record))) == .void)
        }
        #expect(try bench.claim(3).isEmpty)
        let again = try #require(try bench.claim(2).first)
        #expect(again.line == job.line && again.failures == 0)
        #expect(try bench.settle(again, .failed(.permanent("gone", "gone"))) == .moved(3))
    }

    @Test func `the host's own word on when to come back goes first`() throws {
        let bench = try Bench()
        let failure = Failure(.transient, "http_500", "x", retryAfter: 3600)
        guard case .waits(let due) = try bench.settle(try fetching(bench), .failed(failure)) else {
            Issue.record("not waiting")
            return
        }
        #expect(due == bench.now + 3_600_000)
    }

    @Test(arguments: [Int.min, -1, 0, Int.max], [Failure.Class.transient, .throttled])
    func `whatever a stage asks to wait, it is no less than nothing and no more than a month`(
        seconds: Int, failureClass: Failure.Class
    ) throws {
        let bench = try Bench()
        let job = try fetching(bench)
        let failure = Failure(failureClass, "wait", "wait", host: "h", retryAfter: seconds)
        let told = Failure(told: .error(failure, stage: "fetch", record: try #require(job.record)))
        guard case .waits(let until) = try bench.settle(job, .failed(told)) else {
            Issue.record("not waiting")
            return
        }
        #expect((0...86_400 * 30 * 1000 + 1000).contains(until - bench.now))
    }

    @Test func `a pause costs no try`() throws {
        let bench = try Bench()
        var job = try fetching(bench)
        for _ in 1...20 {
            let failure = Failure.throttled("http_429", "wait", host: "h", retryAfter: 30)
            guard case .waits(let due) = try bench.settle(job, .failed(failure)) else {
                Issue.record("not waiting")
                return
            }
            #expect((30_000...31_000).contains(due - bench.now))
            bench.now = due
            _ = try bench.change { try $0.wake() }
            job = try #require(try bench.claim(2).first)
        }
        #expect(try bench.ledger.show("c:track:1")?.item.failures == 0)
    }

    @Test func `a success at the stage that failed forgets its failures`() throws {
        let bench = try Bench()
        let job = try fetching(bench)
        try bench.settle(job, .failed(.transient("cut", "cut")))
        bench.now += 100_000
        _ = try bench.change { try $0.wake() }
        try bench.pass(2)
        #expect(try bench.ledger.show("c:track:1")?.item.failures == 0)
    }

    @Test func `three deaths alone make a dead letter, deaths in company none`() throws {
        let bench = try Bench()
        var job = try fetching(bench)
        for _ in 1...3 {
            #expect(try bench.settle(job, .lost("signal 11")) == .returned)
            #expect(try bench.claim(2, idle: 0).isEmpty)
            job = try #require(try bench.claim(2).first)
            #expect(job.alone)
        }
        #expect(try bench.settle(job, .lost("signal 11")) == .moved(3))
        #expect(try bench.claim(3).first?.record?["class"]?.string == "crash")
    }

    @Test func `a machine that is not set up costs no try`() throws {
        let bench = try Bench()
        #expect(try bench.settle(try fetching(bench), .failed(.config("no_key", "x"))) == .returned)
        #expect(try bench.claim(2).count == 1)
    }

    @Test func `a collection whose member failed is done, and shows as failed`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        try bench.settle(#require(try bench.claim(1).first), .failed(.permanent("no_data", "gone")))
        let letter = try #require(try bench.claim(3).first)
        try bench.settle(letter, .final(#require(letter.record)))
        let done = try #require(try bench.claim(3).first)
        try bench.settle(done, .final(#require(done.record)))
        #expect(try bench.ledger.show("c:playlist:1")?.item.members == [.failed: 1])
        #expect(try bench.state("c:playlist:1") == .failed)
    }
}
