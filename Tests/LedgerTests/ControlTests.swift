import Testing
import Wire

@testable import Ledger

@Suite struct ControlTests {
    private func bench(_ ids: [String]) throws -> Bench {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ids)
        return bench
    }

    @Test func `what is paused is not claimed, and goes on where it was`() throws {
        let bench = try bench(["c:track:1", "c:track:2"])
        let job = try #require(try bench.claim(1).first)
        #expect(try bench.change { try $0.pause(.item("c:playlist:1")) } == 2)
        #expect(try bench.settle(job, .final(#require(job.record))) == .void)
        #expect(try bench.claim(1, 5).isEmpty)
        #expect(try bench.change { try $0.resume(.item("c:playlist:1")) } == 2)
        #expect(try bench.claim(1, 5).map(\.id) == ["c:track:1", "c:track:2"])
    }

    @Test func `what is cancelled never comes back by itself`() throws {
        let bench = try bench(["c:track:1", "c:track:2"])
        let job = try #require(try bench.claim(1).first)
        #expect(try bench.change { try $0.cancel(.item("c:playlist:1")) } == 3)
        #expect(try bench.settle(job, .final(#require(job.record))) == .void)
        try bench.change { _ = try $0.recover() }
        #expect(try bench.claim(1, 5).isEmpty && bench.claim(3, 5).isEmpty)
        try bench.add("c:playlist:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        #expect(try bench.claim(1).isEmpty)
        #expect(try bench.claim(3).first?.id == "c:playlist:2")
    }

    @Test func `a track that another list wants too outlives its list`() throws {
        let bench = try bench(["c:track:1", "c:track:2"])
        try bench.add("c:playlist:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:2"])
        #expect(try bench.change { try $0.cancel(.item("c:playlist:1")) } == 2)
        #expect(try bench.claim(1, 5).map(\.id) == ["c:track:2"])
    }

    @Test func `a list that came late takes turns with the big one`() throws {
        let bench = try bench((1...100).map { "c:track:\($0)" })
        try bench.add("c:album:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:201", "c:track:202"])
        let ids = try bench.claim(1, 4).map(\.id)
        #expect(Set(ids) == ["c:track:1", "c:track:2", "c:track:201", "c:track:202"])
    }

    @Test func `what is first goes before all else`() throws {
        let bench = try bench((1...10).map { "c:track:\($0)" })
        try bench.add("c:album:2", first: true)
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:201", "c:track:202"])
        #expect(try bench.claim(1, 3).map(\.id) == ["c:track:201", "c:track:202", "c:track:1"])
    }

    @Test func `adding again starts anew what has ended, and nothing else`() throws {
        let bench = try bench(["c:track:1"])
        #expect(try bench.add("c:playlist:1") == .known)
        for stage in 1...3 { try bench.pass(stage) }
        let done = try #require(try bench.claim(3).first)
        try bench.settle(done, .final(#require(done.record)))
        #expect(try bench.add("c:playlist:1") == .again)
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1", "c:track:2"])
        #expect(try bench.claim(1, 5).map(\.id) == ["c:track:2"])
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `lists are told by state and by collection, page by page`() throws {
        let bench = try bench(["c:track:1", "c:track:2", "c:track:3"])
        #expect(try bench.ledger.list(ItemQuery(state: .ready, limit: 2)).map(\.id) == ["c:track:1", "c:track:2"])
        #expect(
            try bench.ledger.list(ItemQuery(state: .ready, after: "c:track:2", limit: 2)).map(\.id) == ["c:track:3"])
        #expect(try bench.ledger.list(ItemQuery(state: .open, limit: 5)).map(\.id) == ["c:playlist:1"])
        #expect(try bench.ledger.list(ItemQuery(state: .running, limit: 5)).isEmpty)
        #expect(try bench.ledger.list(ItemQuery(parent: "c:playlist:1", after: "c:track:1", limit: 5)).count == 2)
        #expect(try bench.ledger.list(ItemQuery(limit: 9)).count == 4)
        #expect(try bench.ledger.counts().map(\.count).reduce(0, +) == 4)
    }
}
