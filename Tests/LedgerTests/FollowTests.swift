import Testing
import Wire

@testable import Ledger

@Suite struct FollowTests {
    private static let hour: Int64 = 3_600_000
    private let list = "c:playlist:1"

    private func followed(_ bench: Bench, mirrors: Bool = false, keep: Int? = nil) throws {
        let terms = FollowTerms(every: Self.hour, mirrors: mirrors, keep: keep)
        #expect(try bench.change { try $0.follow(Record(request: list, id: list), terms) })
    }

    /// Asks for what is due, and returns the jobs of the stage that expands it.
    private func ask(_ bench: Bench) throws -> [Job] {
        _ = try bench.change { try $0.askFollowed() }
        return try bench.claim(0, 10)
    }

    private func book(_ bench: Bench) throws -> FollowNews? { try bench.change { try $0.bookFollowed() }.first }

    /// Takes all that is left in the queue to its end.
    private func finish(_ bench: Bench) throws {
        for stage in [1, 2, 3, 3, 3] {
            while let job = try bench.claim(stage).first {
                let record = try #require(job.record)
                try bench.settle(job, .final(record.kind == "request" ? record.with(kind: "track") : record))
            }
        }
    }

    private func read(_ bench: Bench, _ ids: [String]) throws -> FollowNews? {
        let job = try #require(try ask(bench).first)
        try bench.expand(job, into: ids)
        let news = try book(bench)
        try finish(bench)
        return news
    }

    private func only(_ bench: Bench) throws -> FollowedList { try #require(try bench.ledger.follow(list)) }

    @Test func `a followed list is asked for at once and then at its interval`() throws {
        let bench = try Bench()
        try followed(bench)
        #expect(try read(bench, ["c:track:1", "c:track:2"])?.gained == 2)
        let first = try #require(try only(bench).due)
        #expect((bench.now + Self.hour * 9 / 10...bench.now + Self.hour).contains(first))
        #expect(try bench.change { try $0.nextFollowed() } == first)
        #expect(try ask(bench).isEmpty)
        bench.now = first + 1000
        _ = try read(bench, ["c:track:1", "c:track:2"])
        // The plan does not drift with when it is looked at.
        #expect(try only(bench).due == first + Self.hour)
    }

    @Test func `what is new and what left is told`() throws {
        let bench = try Bench()
        try followed(bench)
        _ = try read(bench, ["c:track:1", "c:track:2"])
        bench.now += Self.hour
        let news = try #require(try read(bench, ["c:track:3", "c:track:1"]))
        #expect((news.outcome, news.gained, news.lost) == (.changed, 1, 1))
        let changes = try bench.ledger.changes(ofFollowed: list, limit: 10)
        #expect(changes.gained.map(\.id) == ["c:track:3"] && changes.lost.map(\.id) == ["c:track:2"])
        bench.now += Self.hour
        #expect(try read(bench, ["c:track:1", "c:track:3"])?.outcome == .unchanged)
        #expect(try only(bench).gained == 1)
    }

    @Test func `a list that is known already is followed from what it has`() throws {
        let bench = try Bench()
        try bench.add(list)
        try bench.expand(try #require(try bench.claim(0).first), into: ["c:track:1"])
        try finish(bench)
        try followed(bench)
        #expect(try read(bench, ["c:track:1"])?.outcome == .unchanged)
    }

    @Test func `a list that is still in the queue is not asked for a second time`() throws {
        let bench = try Bench()
        try followed(bench)
        try bench.expand(try #require(try ask(bench).first), into: ["c:track:1"])
        _ = try book(bench)
        bench.now += 5 * Self.hour
        #expect(try ask(bench).isEmpty)
        #expect(try bench.change { try $0.nextFollowed() } == nil)
        try finish(bench)
        #expect(try ask(bench).map(\.id) == [list])
    }

    @Test func `many missed times are made up for once`() throws {
        let bench = try Bench()
        try followed(bench)
        _ = try read(bench, [])
        bench.now += 1000 * Self.hour
        _ = try read(bench, [])
        #expect(try ask(bench).isEmpty)
        let due = try #require(try only(bench).due)
        #expect((bench.now + Self.hour * 9 / 10...bench.now + Self.hour).contains(due))
    }

    @Test func `a clock that was set back makes no list wait`() throws {
        let bench = try Bench()
        bench.now = 1000 * Self.hour
        try followed(bench)
        _ = try read(bench, [])
        bench.now -= 500 * Self.hour
        _ = try read(bench, [])
        #expect(try #require(try only(bench).due) <= bench.now + Self.hour)
    }

    @Test func `what fails is tried again after longer and longer pauses, of a day at most, and loses nothing`() throws
    {
        let bench = try Bench()
        try followed(bench, mirrors: true)
        _ = try read(bench, ["c:track:1"])
        let good = try only(bench).good
        var pauses: [Int64] = []
        for count in 1...10 {
            bench.now = try #require(try only(bench).due)
            let job = try #require(try ask(bench).first)
            try bench.settle(job, .member(Record(request: "c:track:9", id: "c:track:9", parent: list, seq: 1)))
            try bench.settle(job, .failed(.permanent("http_404", "there is none", host: "h")))
            #expect(try book(bench)?.outcome == .failed)
            try finish(bench)
            let follow = try only(bench)
            #expect(follow.failures == count && follow.good == good && follow.phase == .resting)
            pauses.append(try #require(follow.due) - bench.now)
        }
        #expect(pauses == pauses.sorted() && pauses.first ?? 0 <= Self.hour && pauses.last == 24 * Self.hour)
        #expect(try bench.ledger.departures().isEmpty)
        bench.now = try #require(try only(bench).due)
        #expect(try read(bench, ["c:track:1"])?.outcome == .unchanged)
        #expect(try only(bench).failures == 0)
    }

    @Test func `a list that its server calls gone is asked for no more`() throws {
        let bench = try Bench()
        try followed(bench)
        try bench.settle(try #require(try ask(bench).first), .failed(.permanent(.http(410), "gone", host: "h")))
        #expect(try book(bench)?.outcome == .gone)
        try finish(bench)
        bench.now += 100 * Self.hour
        #expect(try ask(bench).isEmpty && only(bench).phase == .ended && only(bench).due == nil)
        #expect(try bench.change { try $0.pollNow(list) })
        #expect(try ask(bench).count == 1)
    }

    @Test func `a list that is as it was ends at once, and is asked by what its server said of it`() throws {
        let bench = try Bench()
        try followed(bench, keep: 20)
        let first = try #require(try ask(bench).first)
        #expect(first.record?["seen"]?.object?.names == [] && first.record?["keep"]?.integer == 20)
        var done = Record.done(
            try #require(first.record), n: 1, total: nil,
            collection: CollectionSummary(type: "playlist", title: "L", creator: nil, artworkURL: nil))
        var seen = JSONObject()
        seen["etag"] = .string("\"1\"")
        done["seen"] = seen.value
        try bench.settle(first, .member(Record(request: "c:track:1", id: "c:track:1", parent: list, seq: 1)))
        try bench.settle(first, .final(done))
        _ = try book(bench)
        try finish(bench)
        bench.now += Self.hour
        let second = try #require(try ask(bench).first)
        #expect(second.record?["seen"]?.object?["etag"]?.string == "\"1\"")
        var same = Record(kind: "done", id: list)
        same["unchanged"] = .boolean(true)
        try bench.settle(second, .final(same))
        #expect(try book(bench)?.outcome == .unchanged)
        #expect(try bench.state(list) == .done && bench.claim(3).isEmpty)
        #expect(try bench.ledger.list(ItemQuery(parent: list)).map(\.id) == ["c:track:1"])
        // A ledger that has forgotten the list needs all of it.
        _ = try bench.ledger.clear(.item(list), route: bench.route, now: bench.now)
        bench.now += Self.hour
        #expect(try ask(bench).first?.record?["seen"]?.object?.names == [])
    }

    @Test func `a list that moved for good is followed where it is`() throws {
        let bench = try Bench()
        let (old, new) = ("http://h/old.xml", "https://h/new.xml?token=1")
        try bench.change { _ = try $0.follow(Record(request: old, id: list), FollowTerms(every: Self.hour)) }
        let job = try #require(try ask(bench).first)
        var done = Record.done(
            try #require(job.record), n: 0, total: nil,
            collection: CollectionSummary(type: "playlist", title: nil, creator: nil, artworkURL: nil))
        done["moved"] = .string(new)
        try bench.settle(job, .final(done))
        let news = try #require(try book(bench))
        #expect(news.message?.contains("https://h/new.xml") == true && news.message?.contains("token=1") == false)
        try finish(bench)
        bench.now += Self.hour
        #expect(try ask(bench).first?.record?.ref == new)
    }

    @Test func `what left a mirrored list waits for its trash, through kills`() throws {
        let bench = try Bench()
        try followed(bench, mirrors: true)
        _ = try read(bench, ["c:track:1", "c:track:2", "c:track:3"])
        bench.now += Self.hour
        _ = try read(bench, ["c:track:1"])
        try bench.restart()
        let departure = try #require(try bench.ledger.departures().first)
        #expect(departure.leaving == ["c:track:2", "c:track:3"] && departure.told == 1)
        #expect(try bench.change { try $0.settled(departure, refusal: "too many") })
        bench.now += Self.hour
        // What was refused is tried with what leaves later, unless it is back.
        _ = try read(bench, ["c:track:2"])
        let next = try #require(try bench.ledger.departures().first)
        #expect(next.leaving == ["c:track:3", "c:track:1"])
        #expect(try !bench.change { try $0.settled(next, refusal: "too many") })
        bench.now += Self.hour
        _ = try read(bench, ["c:track:2"])
        #expect(try !bench.change { try $0.settled(next, refusal: nil) })
        #expect(try only(bench).phase == .resting && bench.ledger.departures().isEmpty)
    }

    @Test func `what left a list that was cancelled then stays until it was read again`() throws {
        let bench = try Bench()
        try followed(bench, mirrors: true)
        _ = try read(bench, ["c:track:1", "c:track:2"])
        bench.now += Self.hour
        try bench.expand(try #require(try ask(bench).first), into: ["c:track:1"])
        _ = try book(bench)
        _ = try bench.change { try $0.cancel(.item(list)) }
        #expect(try bench.state(list) == .cancelled && bench.ledger.departures().isEmpty)
        #expect(try book(bench) == nil && only(bench).phase == .resting)
        bench.now += Self.hour
        _ = try read(bench, ["c:track:1"])
        #expect(try bench.ledger.departures().first?.leaving == ["c:track:2"])
    }

    @Test func `a list that tells less than it announces has lost nothing`() throws {
        let bench = try Bench()
        try followed(bench, mirrors: true)
        _ = try read(bench, ["c:track:1", "c:track:2"])
        bench.now += Self.hour
        let job = try #require(try ask(bench).first)
        try bench.settle(job, .member(Record(request: "c:track:1", id: "c:track:1", parent: list, seq: 1)))
        let summary = CollectionSummary(type: "playlist", title: nil, creator: nil, artworkURL: nil)
        try bench.settle(job, .final(.done(try #require(job.record), n: 1, total: 2, collection: summary)))
        #expect(try book(bench)?.outcome == .unchanged)
        try finish(bench)
        #expect(try bench.ledger.departures().isEmpty)
    }

    @Test func `while everything is paused no list is asked for`() throws {
        let bench = try Bench()
        try followed(bench)
        _ = try bench.change { try $0.pause(.all) }
        #expect(try ask(bench).isEmpty && bench.change { try $0.nextFollowed() } == nil)
        _ = try bench.change { try $0.resume(.all) }
        #expect(try ask(bench).count == 1)
    }

    @Test func `what is followed on other terms keeps what is known of it`() throws {
        let bench = try Bench()
        try followed(bench)
        _ = try read(bench, ["c:track:1"])
        let terms = FollowTerms(every: Self.hour / 2, mirrors: true, mostTrashed: 5)
        #expect(try !bench.change { try $0.follow(Record(request: list, id: list), terms) })
        let follow = try only(bench)
        #expect(follow.terms == terms && follow.gained == 1 && follow.due ?? .max <= bench.now + Self.hour / 2)
        #expect(try bench.change { try $0.unfollow(list) } && bench.ledger.follows().isEmpty)
        #expect(try !bench.change { try $0.unfollow(list) })
    }
}
