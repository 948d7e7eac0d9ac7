import GRDB
import Testing
import Wire

@testable import Ledger

@Suite struct NoticeTests {
    /// A ledger with one recipient, who is told of everything.
    private func bench(gather: Int64 = 60_000) throws -> Bench {
        let bench = try Bench()
        bench.route.recipients = [
            NoticeRecipient(name: "home", occasions: Set(Occasion.allCases), gather: gather)
        ]
        return bench
    }

    /// Runs a list of tracks to its end; those in `failing` fail for good at fetch.
    private func run(_ id: String, _ tracks: [String], failing: Set<String> = [], on bench: Bench) throws {
        try bench.add(id)
        try bench.expand(#require(bench.claim(0).first), into: tracks)
        while try !bench.ledger.isEverythingAtItsEnd() {
            for stage in 1...3 {
                for job in try bench.claim(stage, 100_000) {
                    let record = try #require(job.record)
                    let isFailing = stage == 2 && failing.contains(job.id)
                    let final = record.kind == "request" ? record.with(kind: "track") : record
                    try bench.settle(job, isFailing ? .failed(.permanent("http_404", "gone")) : .final(final))
                }
            }
        }
    }

    private func next(_ bench: Bench, isAtEnd: Bool = false) throws -> Notice? {
        try bench.change { try $0.nextNotice(for: "home", isAtEnd: isAtEnd) }
    }

    /// All that there is to tell, by event.
    private func drain(_ bench: Bench) throws -> [String: Notice] {
        var found: [String: Notice] = [:]
        while let notice = try next(bench, isAtEnd: true) {
            found[notice.event] = notice
            try bench.change { try $0.forget(notice) }
        }
        return found
    }

    @Test func `a list is told of once with how its tracks ended, and not one by one`() throws {
        let bench = try bench()
        try run("c:album:1", (1...12).map { "c:track:\($0)" }, failing: ["c:track:3"], on: bench)
        let found = try drain(bench)
        let (finished, failed) = (try #require(found["finished"]), try #require(found["failed"]))
        #expect((finished.count, failed.count) == (1, 1))
        let item = try #require(finished.items.first)
        #expect(item["id"]?.string == "c:album:1" && item["title"]?.string == "List")
        let tracks = item["tracks"]?.object
        #expect(tracks?["done"]?.integer == 11 && tracks?["failed"]?.integer == 1)
        #expect(failed.items.first?["id"]?.string == "c:track:3" && failed.items.first?["code"]?.string == "http_404")
        #expect(try drain(bench).isEmpty)
    }

    @Test func `a list in which nothing changed, and what fails again for the same reason, are not told again`() throws
    {
        let bench = try bench()
        for _ in 0..<2 { try run("c:playlist:1", ["c:track:1", "c:track:2"], failing: ["c:track:2"], on: bench) }
        let first = try drain(bench)
        #expect(first["finished"]?.count == 1 && first["failed"]?.count == 1)
        try run("c:playlist:1", ["c:track:1", "c:track:2", "c:track:3"], failing: ["c:track:2"], on: bench)
        let second = try drain(bench)
        #expect(second["finished"]?.count == 1 && second["failed"] == nil)
    }

    @Test func `a storm of failures is one notice with a count and the first of them`() throws {
        let bench = try bench()
        let tracks = (1...1000).map { "c:track:\($0)" }
        try run("c:playlist:1", tracks, failing: Set(tracks), on: bench)
        let found = try drain(bench)
        #expect(found["failed"]?.count == 1000)
        #expect(10..<200 ~= found["failed"]?.items.count ?? 0)
    }

    @Test func `a single track that was asked for is told of, and one that was there is not`() throws {
        let bench = try bench()
        try bench.add("c:track:1")
        try bench.add("c:track:2")
        for stage in 0...3 {
            for job in try bench.claim(stage, 2) {
                let record = try #require(job.record)
                let isThere = stage == 1 && job.id == "c:track:2"
                let answer = record.kind == "request" ? record.with(kind: "track") : record
                try bench.settle(job, .final(isThere ? .skip(record, why: "there") : answer))
            }
        }
        let found = try drain(bench)
        #expect(found["finished"]?.items.compactMap { $0["id"]?.string } == ["c:track:1"])
    }

    @Test func `what happens within the time joins one notice, which nothing joins once it was given away`() throws {
        let bench = try bench()
        func tell(_ id: String) throws {
            var item = JSONObject()
            item["id"] = .string(id)
            try bench.change { try $0.tell(.failed, item) }
        }
        try tell("1")
        bench.now += 59_000
        #expect(try next(bench) == nil)
        try tell("2")
        bench.now += 1000
        let given = try #require(try next(bench))
        #expect(given.count == 2)
        try tell("3")
        // Unanswered, as after a crash: the same again, as it was.
        try bench.restart()
        let again = try #require(try next(bench))
        #expect((again.id, again.count) == (given.id, 2))
        try bench.change { try $0.forget(again) }
        bench.now += 60_000
        let other = try #require(try next(bench))
        #expect(other.count == 1 && other.id != given.id)
    }

    @Test func `without a time to gather each is a notice, and one that failed lets others pass`() throws {
        let bench = try bench(gather: 0)
        for _ in 0..<3 { try bench.change { try $0.tell(.failed, JSONObject()) } }
        let first = try #require(try next(bench))
        #expect(first.count == 1)
        try bench.change { try $0.failed(first, "gone", counts: true, again: bench.now) }
        let second = try #require(try next(bench))
        #expect(second.id != first.id)
    }

    @Test func `a halted stage is told of again when it had worked, for another reason, or after a day`() throws {
        let bench = try bench(gather: 0)
        func halt(_ code: String) throws -> Int {
            try bench.change {
                try $0.note(trouble: .config(Failure.Code(rawValue: code), "no room"), of: "fetch")
            }
            return try bench.ledger.notices()["home"] ?? 0
        }
        #expect(try halt("disk_full") == 1)
        #expect(try halt("disk_full") == 1)
        #expect(try halt("no_access") == 2)
        bench.now += 90_000_000
        #expect(try halt("no_access") == 3)
        try bench.change { try $0.note(trouble: nil, of: "fetch") }
        #expect(try halt("no_access") == 4)
    }

    @Test func `what was undone is not told`() throws {
        let bench = try bench()
        try? bench.ledger.change(now: bench.now, route: bench.route) { change in
            try change.tell(.failed, JSONObject())
            throw Failure.transient("busy", "busy")
        }
        #expect(try bench.ledger.notices().isEmpty)
    }

    @Test func `what was meant for those who are told no more is dropped and counted`() throws {
        let bench = try bench()
        try bench.change { try $0.tell(.failed, JSONObject()) }
        bench.route.recipients = []
        #expect(try bench.change { try $0.forgetStrangers() } == ["home": 1])
        #expect(try bench.ledger.notices().isEmpty)
    }

    @Test func `what stands shows its tries, why they were in vain, and when the next one is`() throws {
        let bench = try bench(gather: 0)
        for _ in 0..<2 { try bench.change { try $0.tell(.failed, JSONObject()) } }
        #expect(try bench.ledger.waitingNotices().isEmpty)
        let first = try #require(try next(bench))
        let again = bench.now + 50_000
        try bench.change { try $0.failed(first, "is away", counts: false, again: again) }
        try bench.change { try $0.tell(.finished, JSONObject()) }
        let standing = try bench.ledger.standingNotices()
        #expect(standing.map(\.event) == ["failed", "failed", "finished"])
        #expect(standing.map(\.tries) == [1, 0, 0] && standing.map(\.trouble) == ["is away", nil, nil])
        // They wait for the same recipient.
        #expect(standing.map(\.next) == [again, again, again] && standing[0].failures == 0)
        #expect(try bench.ledger.standingNotices(for: "other").isEmpty)
        let waiting = try #require(try bench.ledger.waitingNotices().first)
        #expect(waiting.count == 3 && waiting.message == "is away" && waiting.next == again)
        // Once it takes one, it is said to take all.
        try bench.change { try $0.sent(first) }
        #expect(try bench.ledger.waitingNotices().isEmpty)
        #expect(try bench.ledger.standingNotices().count == 2)
    }

    @Test func `a recipient is tried at once when somebody wants that, and what it is to get can be dropped`() throws {
        let bench = try bench(gather: 60_000)
        try bench.change { try $0.tell(.failed, JSONObject()) }
        let first = try #require(try next(bench, isAtEnd: true))
        try bench.change { try $0.failed(first, "is away", counts: true, again: bench.now + 50_000) }
        try bench.change { try $0.tell(.failed, JSONObject()) }
        #expect(try bench.ledger.recipientsAsked().isEmpty)
        #expect(try bench.change { try $0.sendNow(to: "other") } == 0)
        #expect(try bench.change { try $0.sendNow(to: nil) } == 2)
        #expect(try bench.ledger.recipientsAsked() == ["home"])
        #expect(try bench.ledger.standingNotices().allSatisfy { $0.next <= bench.now })
        #expect(try bench.change { try $0.drop(for: "other") } == 0)
        #expect(try bench.change { try $0.drop(for: "home") } == 2)
        #expect(try bench.ledger.notices().isEmpty)
    }
}
