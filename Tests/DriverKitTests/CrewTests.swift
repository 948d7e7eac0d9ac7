import Ledger
import Processes
import Testing
import Wire

@testable import DriverKit

@Suite struct CrewTests {
    private func crew(_ fill: (inout StagePlan) -> Void = { _ in }) throws -> Crew {
        var plan = StagePlan(name: "stage", executable: try Executable(["cat"]), environment: [:])
        (plan.replicas, plan.window) = (4, 8)
        fill(&plan)
        return Crew(index: 0, plan: plan)
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
        let crew = try crew { $0.mayStart = { failure } }
        let given = crew.give(try jobs(3), now: 0)
        #expect(given.failure == failure && given.pairs.count == 3 && crew.replicas.isEmpty)
    }

    @Test func `what was claimed before a stage was halted goes back`() throws {
        let crew = try crew()
        let isNews = crew.stand(still: .config("disk_full", "no room"), now: 0)
        let given = crew.give(try jobs(5), now: 1_000_000_000)
        #expect(isNews && given.pairs.count == 5 && crew.replicas.isEmpty)
    }

    @Test func `a look that told nothing is gone on with by the same process, with the next record`() throws {
        let crew = try crew()
        let (now, jobs) = (Standstill.firstDelay, try jobs(2))
        #expect(crew.stand(still: .config("disk_full", "no room"), now: 0))
        #expect(crew.give([jobs[0]], now: now).pairs.isEmpty)
        let scout = try #require(crew.replicas.last)
        _ = scout.take(Key(jobs[0].record.id))
        #expect(!crew.looked(.failed(.permanent("gone", "it is gone")), by: scout, now: now))
        #expect(crew.room(now: now).records == 1 && crew.give([jobs[1]], now: now).pairs.isEmpty)
        #expect(crew.room(now: now).records == 0 && crew.replicas.count == 1)
        #expect(crew.looked(.final(jobs[1].record), by: scout, now: now) && crew.trouble == nil)
        scout.kill(.stopped)
    }

    @Test func `a look takes one record, in a new process, and goes on with an answer alone`() throws {
        let crew = try crew()
        #expect(crew.give(try jobs(1), now: 0).pairs.isEmpty)
        let old = try #require(crew.replicas.first)
        #expect(crew.stand(still: .config("disk_full", "no room"), now: 0))
        let now = Standstill.firstDelay
        #expect(old.isRetiring && crew.room(now: now).records == 1)
        #expect(crew.give(try jobs(2), now: now).pairs.count == 1)
        let scout = try #require(crew.replicas.last)
        #expect(scout !== old && crew.room(now: now).records == 0)
        // The answer to what the old one had in hand says nothing of how things are now.
        let answer = Answer.final(try jobs(1)[0].record)
        #expect(!crew.looked(answer, by: old, now: now) && crew.trouble != nil)
        #expect(crew.looked(answer, by: scout, now: now) && crew.trouble == nil)
        // One that is halted again at once is not looked at every five seconds.
        #expect(crew.stand(still: .config("disk_full", "no room"), now: now + 1))
        #expect(crew.room(now: now + 1 + Standstill.firstDelay).records == 0)
        for replica in crew.replicas { replica.kill(.stopped) }
    }
}
