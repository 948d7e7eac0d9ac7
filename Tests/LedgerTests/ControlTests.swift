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

    @Test(arguments: [Selection.item("c:playlist:1"), .state(.open)])
    func `a list that is cancelled waits for nobody, however it was meant`(selection: Selection) throws {
        let bench = try bench(["c:track:1", "c:track:2"])
        try bench.add("c:playlist:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:2"])
        _ = try bench.change { try $0.cancel(selection) }
        for stage in 1...3 {
            for job in try bench.claim(stage, 5) { try bench.settle(job, .final(#require(job.record))) }
        }
        // Nobody is told of a track for the list that was cancelled.
        #expect(try bench.claim(3, 5).allSatisfy { $0.record?.parent != "c:playlist:1" })
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

    @Test func `what is cancelled keeps its look`() throws {
        let bench = try bench(["c:track:1"])
        var asked = Record(request: "track:9", id: "c:track:9")
        asked.edit("track") { ($0["title"], $0["artist"]) = (.string("So"), .string("Ana")) }
        _ = try bench.change { try $0.add(asked, isCollection: false, first: false) }
        for id in ["c:track:9", "c:playlist:1"] { _ = try bench.change { try $0.cancel(.item(id)) } }
        let track = try #require(try bench.ledger.show("c:track:9")?.item)
        #expect(track.state == .cancelled && track.members == nil && track.title == "So" && track.artist == "Ana")
        #expect(try bench.ledger.show("c:playlist:1")?.item.members == [.cancelled: 1])
    }

    @Test func `a list of which all that is left is paused is paused`() throws {
        let bench = try bench(["c:track:1", "c:track:2"])
        for stage in 1...2 { try bench.pass(stage) }
        let done = try #require(try bench.claim(3).first)
        try bench.settle(done, .final(#require(done.record)))
        #expect(try bench.state("c:playlist:1") == .open)
        _ = try bench.change { try $0.pause(.item("c:track:2")) }
        #expect(try bench.state("c:playlist:1") == .paused)
        _ = try bench.change { try $0.resume(.item("c:playlist:1")) }
        #expect(try bench.state("c:playlist:1") == .open)
    }

    @Test func `a title is known as soon as a stage has told it, however the item came to it`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        let asked = try #require(try bench.claim(0).first)
        // Handed on at once, and its title not known yet.
        let next = try bench.change { try $0.settle(asked, .final(#require(asked.record))) { _ in 7 } }.job
        let job = try #require(next)
        var track = try #require(job.record).with(kind: "track")
        track.edit("track") { $0["title"] = .string("So") }
        _ = try bench.change { try $0.settle(job, .final(track)) }
        #expect(try bench.ledger.show("c:track:1")?.item.title == "So")
    }

    @Test func `the end of a list that is handed on is told to all stages, and is the end of it once only`() throws {
        let bench = try Bench(Bench.stops.map { Route.Stop(name: $0.name) })
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: [])
        var job = try #require(try bench.claim(1).first)
        #expect(try !bench.ledger.isEverythingAtItsEnd())
        for stage in 2...3 {
            let (fate, next) = try bench.change { try $0.settle(job, .final(#require(job.record))) { _ in 7 } }
            job = try #require(next)
            #expect(fate == .moved(stage) && job.isTelling)
        }
        #expect(try bench.settle(job, .final(#require(job.record))) == .ended(.done))
        #expect(try bench.ledger.isEverythingAtItsEnd())
    }

    @Test func `an item says in which list it is, and why it does not go on`() throws {
        let bench = try bench(["c:track:1"])
        try bench.add("c:track:9")
        func item(_ id: String) throws -> Item { try #require(try bench.ledger.show(id)?.item) }
        #expect(try item("c:track:1").list?.id == "c:playlist:1" && item("c:track:1").list?.title == "List")
        #expect(try item("c:track:9").list == nil && item("c:playlist:1").list == nil)
        try bench.change { try $0.note(trouble: .config("disk_full", "no room"), of: "resolve") }
        #expect(try item("c:track:1").trouble == "no room" && item("c:track:9").trouble == nil)
        #expect(try bench.ledger.troubles().map(\.stage) == ["resolve"])
        try bench.change { try $0.note(trouble: nil, of: "resolve") }
        #expect(try item("c:track:1").trouble == nil && bench.ledger.troubles().isEmpty)
        try bench.change { try $0.note(trouble: .config("disk_full", "no room"), of: "fetch") }
        try bench.change { try $0.forgetTroubles() }
        #expect(try bench.ledger.troubles().isEmpty)
    }

    @Test func `a stage has the replicas that somebody wants until that is forgotten`() throws {
        let bench = try Bench()
        try bench.change { change in
            try change.scale(stage: "fetch", to: 4)
            try change.scale(stage: "expand", to: 2)
            try change.scale(stage: "fetch", to: 256)
            try change.set("replicas", "7")
        }
        #expect(try bench.ledger.scales() == ["fetch": 256, "expand": 2])
        try bench.change { try $0.forgetScales() }
        #expect(try bench.ledger.scales().isEmpty)
    }

    @Test func `all but those in a state are listed and counted`() throws {
        let bench = try bench(["c:track:1"])
        try bench.add("c:track:8")
        try bench.add("c:track:9")
        _ = try bench.change { try $0.cancel(.item("c:track:8")) }
        var query = ItemQuery()
        (query.isTop, query.otherState) = (true, .cancelled)
        #expect(try bench.ledger.list(query).map(\.id) == ["c:playlist:1", "c:track:9"])
        #expect(try bench.ledger.countOfTop(but: .cancelled) == 2 && bench.ledger.countOfTop() == 3)
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
