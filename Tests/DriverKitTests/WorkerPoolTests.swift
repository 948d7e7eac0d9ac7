import Ledger
import Processes
import Testing
import Wire

@testable import DriverKit

@Suite struct CrewTests {
    private func pool(_ fill: (inout StagePlan) -> Void = { _ in }) throws -> WorkerPool {
        var plan = StagePlan(name: "stage", executable: try Executable(["cat"]), environment: [:])
        (plan.replicas, plan.window) = (4, 8)
        fill(&plan)
        return WorkerPool(index: 0, plan: plan)
    }

    private func jobs(_ count: Int) throws -> [(job: Job, record: Record)] {
        try (0..<count).map { number in
            let line = Array(#"{"v":1,"id":"c:track:\#(number)","kind":"track"}"#.utf8)
            let job = Job(item: Int64(number), claim: 1, id: "c:track:\(number)", stage: 0, line: line)
            return (job, try Record(line: line))
        }
    }

    @Test func `what forbids a start is why the stage is halted`() throws {
        let failure = Failure.config("library_gone", "the library is not there")
        let pool = try pool { $0.mayStart = { failure } }
        let given = pool.give(try jobs(3), now: 0)
        #expect(given.failure == failure && given.pairs.count == 3 && pool.replicas.isEmpty)
    }

    @Test func `with several workers the time of a record counts from when one of them is free for it`() throws {
        let replica = Replica(number: 1, child: try Child(try Executable(["cat"]), environment: [:]), now: 0)
        defer { replica.kill(.stopped) }
        replica.workers = 2
        let jobs = try jobs(4)
        for (number, (job, record)) in jobs.enumerated() { replica.give(job, record: record, now: Int64(number)) }
        let keys = jobs.map { Key($0.record.id) }
        func beginnings() -> [Int64?] { keys.map { replica.inFlight[$0].flatMap(replica.beginning) } }
        #expect(beginnings() == [0, 1, nil, nil])
        replica.answeredAt = 10
        replica.finish(keys[1], now: 10)
        #expect(beginnings() == [0, nil, 10, nil])
        _ = replica.remove(keys[3])
        replica.finish(keys[0], now: 20)
        #expect(beginnings() == [nil, nil, 10, nil])
    }

    @Test func `a stage that starts slowly has one record in hand for each replica until one is answered`() throws {
        let pool = try pool { $0.startsSlowly = true }
        #expect(pool.capacity(now: 0).records == 4)
        pool.succeeded(after: 1_000_000)
        #expect(pool.capacity(now: 0).records == 4 * 8)
    }

    @Test func `what was claimed before a stage was halted goes back`() throws {
        let pool = try pool()
        let isNews = pool.stand(still: .config("disk_full", "no room"), now: 0)
        let given = pool.give(try jobs(5), now: 1_000_000_000)
        #expect(isNews && given.pairs.count == 5 && pool.replicas.isEmpty)
    }

    @Test func `a look that told nothing is gone on with by the same process, with the next record`() throws {
        let pool = try pool()
        let (now, jobs) = (Standstill.firstDelay, try jobs(2))
        #expect(pool.stand(still: .config("disk_full", "no room"), now: 0))
        #expect(pool.give([jobs[0]], now: now).pairs.isEmpty)
        let scout = try #require(pool.replicas.last)
        _ = scout.remove(Key(jobs[0].record.id))
        #expect(!pool.looked(.failed(.permanent("gone", "it is gone")), by: scout, now: now))
        #expect(pool.capacity(now: now).records == 1 && pool.give([jobs[1]], now: now).pairs.isEmpty)
        #expect(pool.capacity(now: now).records == 0 && pool.replicas.count == 1)
        #expect(pool.looked(.final(jobs[1].record), by: scout, now: now) && pool.trouble == nil)
        scout.kill(.stopped)
    }

    @Test func `a look takes one record, in a new process, and goes on with an answer alone`() throws {
        let pool = try pool()
        #expect(pool.give(try jobs(1), now: 0).pairs.isEmpty)
        let old = try #require(pool.replicas.first)
        #expect(pool.stand(still: .config("disk_full", "no room"), now: 0))
        let now = Standstill.firstDelay
        #expect(old.isRetiring && pool.capacity(now: now).records == 1)
        #expect(pool.give(try jobs(2), now: now).pairs.count == 1)
        let scout = try #require(pool.replicas.last)
        #expect(scout !== old && pool.capacity(now: now).records == 0)
        // The answer to what the old one had in hand says nothing of how things are now.
        let answer = Answer.final(try jobs(1)[0].record)
        #expect(!pool.looked(answer, by: old, now: now) && pool.trouble != nil)
        #expect(pool.looked(answer, by: scout, now: now) && pool.trouble == nil)
        // One that is halted again at once is not looked at every five seconds.
        #expect(pool.stand(still: .config("disk_full", "no room"), now: now + 1))
        #expect(pool.capacity(now: now + 1 + Standstill.firstDelay).records == 0)
        for replica in pool.replicas { replica.kill(.stopped) }
    }
}
