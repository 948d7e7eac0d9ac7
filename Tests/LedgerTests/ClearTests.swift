import Testing
import Wire

@testable import Ledger

@Suite struct ClearTests {
    /// A playlist of two tracks that has ended, and a track of its own.
    private func ended() throws -> Bench {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1", "c:track:2"])
        try bench.add("c:track:3")
        for job in try bench.claim(0, 5) { try bench.settle(job, .final(#require(job.record))) }
        for stage in 1...3 {
            for job in try bench.claim(stage, 5) { try bench.settle(job, .final(#require(job.record))) }
        }
        for job in try bench.claim(3, 5) { try bench.settle(job, .final(#require(job.record))) }
        return bench
    }

    @Test func `what has ended is forgotten, and the tallies with it`() throws {
        let bench = try ended()
        let sums = try bench.ledger.counts().map(\.state)
        #expect(Set(sums) == [.done])
        #expect(try bench.ledger.clear(.all, road: bench.road, now: bench.now).count == 4)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty && bench.ledger.counts().isEmpty)
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
        #expect(try bench.add("c:playlist:1") == .added)
    }

    @Test func `a long list goes in more than one step, and whole`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: (1...12_000).map { "c:track:\($0)" })
        _ = try bench.change { try $0.cancel(.item("c:playlist:1")) }
        #expect(try bench.ledger.clear(.state(.cancelled), road: bench.road, now: bench.now).count == 12_001)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty && bench.ledger.counts().isEmpty)
        #expect(
            try bench.ledger.commands(after: 0, limit: 10).filter { $0.verb == .cleared }.map(\.items) == [
                5000, 5000, 2001
            ])
    }

    @Test func `what is under way stays`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        #expect(try bench.ledger.clear(.all, road: bench.road, now: bench.now).count == 0)
        #expect(try bench.ledger.clear(.item("c:playlist:1"), road: bench.road, now: bench.now).count == 0)
        #expect(try bench.ledger.list(ItemQuery()).count == 2)
    }

    @Test func `commands are kept in their order for a driver, and only the newest`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        _ = try bench.change { try $0.pause(.item("c:track:1")) }
        _ = try bench.change { try $0.resume(.all) }
        let commands = try bench.ledger.commands(after: 0, limit: 10)
        #expect(
            commands.map(\.verb) == [.added, .paused, .resumed]
                && commands.map(\.item) == ["c:track:1", "c:track:1", nil])
        #expect(try bench.ledger.commands(after: commands[1].number, limit: 10).map(\.verb) == [.resumed])
        _ = try bench.change { change in
            try change.add(
                Record(request: "track:2", id: "c:track:2"), isCollection: false, first: false, isTold: false)
        }
        #expect(try bench.ledger.lastCommand() == commands.last?.number)
    }

    @Test func `a text is searched for as it is`() throws {
        let bench = try ended()
        var query = ItemQuery()
        query.text = "track:2"
        #expect(try bench.ledger.list(query).map(\.id) == ["c:track:2"])
        for text in ["%", "_", "\\", "track_2"] {
            query.text = text
            #expect(try bench.ledger.list(query).isEmpty)
        }
        (query.text, query.isTop, query.offset) = (nil, true, 1)
        #expect(try bench.ledger.list(query).map(\.id) == ["c:track:3"])
        #expect(try bench.ledger.countOfTop() == 2)
    }
}
