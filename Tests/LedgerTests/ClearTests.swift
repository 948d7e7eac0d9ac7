import GRDB
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
        #expect(try bench.ledger.clear(.all, route: bench.route, now: bench.now).count == 4)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty && bench.ledger.counts().isEmpty)
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
        #expect(try bench.add("c:playlist:1") == .added)
    }

    @Test func `what a ledger does not need any more is given back to the disk`() throws {
        let bench = try Bench()
        func pages() throws -> Int { try bench.ledger.read { try Int.fetchOne($0, sql: "PRAGMA page_count") } ?? 0 }
        try bench.add("c:playlist:7")
        try bench.expand(#require(try bench.claim(0).first), into: (1...6_000).map { "c:track:\($0)" })
        _ = try bench.change { try $0.cancel(.item("c:playlist:7")) }
        try bench.add("c:track:0")
        bench.ledger.settle()
        let before = try pages()
        #expect(try bench.ledger.clear(.state(.cancelled), route: bench.route, now: bench.now).count == 6_001)
        bench.ledger.settle()
        #expect(try pages() < before / 4)
        #expect(try bench.ledger.list(ItemQuery()).map(\.id) == ["c:track:0"])
    }

    @Test func `a long list goes in more than one step, and whole`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: (1...12_000).map { "c:track:\($0)" })
        _ = try bench.change { try $0.cancel(.item("c:playlist:1")) }
        #expect(try bench.ledger.clear(.state(.cancelled), route: bench.route, now: bench.now).count == 12_001)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty && bench.ledger.counts().isEmpty)
        #expect(
            try bench.ledger.commands(after: 0, limit: 10).filter { $0.verb == .cleared }.map(\.items) == [
                5000, 5000, 2001
            ])
    }

    @Test func `a track that a list names twice is forgotten once, and counted once`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1", "c:track:1"])
        _ = try bench.change { try $0.cancel(.item("c:playlist:1")) }
        #expect(try bench.ledger.clear(.item("c:playlist:1"), route: bench.route, now: bench.now).count == 2)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty)
    }

    @Test func `what no list names any more can be forgotten by itself`() throws {
        let bench = try ended()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        #expect(try bench.ledger.clear(.item("c:track:1"), route: bench.route, now: bench.now).count == 0)
        #expect(try bench.ledger.clear(.item("c:track:2"), route: bench.route, now: bench.now).count == 1)
        for job in try bench.claim(3, 5) { try bench.settle(job, .final(#require(job.record))) }
        #expect(try bench.ledger.clear(.all, route: bench.route, now: bench.now).count == 3)
        #expect(try bench.ledger.list(ItemQuery()).isEmpty)
    }

    @Test func `what is under way stays`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        #expect(try bench.ledger.clear(.all, route: bench.route, now: bench.now).count == 0)
        #expect(try bench.ledger.clear(.item("c:playlist:1"), route: bench.route, now: bench.now).count == 0)
        #expect(try bench.ledger.list(ItemQuery()).count == 2)
    }

    /// A list of which a track has failed, one that has ended well, and a failed track of its own.
    private func failed() throws -> Bench {
        let bench = try Bench()
        for (list, tracks) in [("c:playlist:1", ["c:track:1", "c:track:2"]), ("c:album:2", ["c:track:3"])] {
            try bench.add(list)
            try bench.expand(#require(try bench.claim(0).first), into: tracks)
        }
        try bench.add("c:track:9")
        for job in try bench.claim(0, 9) { try bench.settle(job, .final(#require(job.record))) }
        for job in try bench.claim(1, 9) {
            let fails = ["c:track:2", "c:track:9"].contains(job.id)
            try bench.settle(job, fails ? .failed(.permanent("gone", "gone")) : .final(#require(job.record)))
        }
        for job in try bench.claim(2, 9) { try bench.settle(job, .final(#require(job.record))) }
        while case let jobs = try bench.claim(3, 9), !jobs.isEmpty {
            for job in jobs { try bench.settle(job, .final(#require(job.record))) }
        }
        return bench
    }

    private func clear(_ selection: Selection, in bench: Bench) throws -> (count: Int, staying: Staying) {
        let count = try bench.ledger.clear(selection, route: bench.route, now: bench.now).count
        return (count, try bench.ledger.staying(selection))
    }

    @Test func `what failed in a list stays, and the list is named that it goes with`() throws {
        let bench = try failed()
        let (count, staying) = try clear(.state(.failed), in: bench)
        #expect(count == 1 && staying.members == 1 && staying.holding == 0 && staying.unfinished == 0)
        #expect(staying.lists.map(\.id) == ["c:playlist:1"] && staying.lists.map(\.title) == ["List"])
        let (none, member) = try clear(.item("c:track:2"), in: bench)
        #expect(none == 0 && member == staying)
        let (all, nothing) = try clear(.item("c:playlist:1"), in: bench)
        #expect(all == 3 && nothing == Staying())
    }

    @Test func `a list stays for what failed in it, and all that is well goes`() throws {
        let bench = try failed()
        let (count, staying) = try clear(.all, in: bench)
        #expect(count == 2 && staying.members == 0 && staying.holding == 1 && staying.unfinished == 0)
        #expect(staying.lists.map(\.id) == ["c:playlist:1"])
    }

    @Test func `what is not at its end is told when it is named`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        #expect(try clear(.item("c:track:1"), in: bench).staying.unfinished == 1)
        #expect(try clear(.all, in: bench).staying == Staying())
        let other = try failed()
        _ = try other.change { try $0.retry(.item("c:track:2")) }
        let staying = try clear(.item("c:playlist:1"), in: other).staying
        #expect(staying.unfinished == 1 && staying.holding == 0 && staying.lists.map(\.id) == ["c:playlist:1"])
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
