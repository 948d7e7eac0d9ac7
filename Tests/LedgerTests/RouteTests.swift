import GRDB
import Testing
import Wire

@testable import Ledger

@Suite struct RouteTests {
    @Test func `a playlist goes to its end, and its done goes last`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        let job = try #require(try bench.claim(0).first)
        #expect(try bench.expand(job, into: ["c:track:1", "c:track:2"]) == .open)
        for _ in 0..<2 { for stage in 1...3 { try bench.pass(stage) } }
        #expect(try bench.state("c:track:1") == .done && bench.state("c:track:2") == .done)
        let done = try #require(try bench.claim(3).first)
        #expect(done.id == "c:playlist:1" && done.record?.kind == "done")
        #expect(try bench.settle(done, .final(#require(done.record))) == .ended(.done))
        #expect(try bench.state("c:playlist:1") == .done)
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `an empty album is done at once`() throws {
        let bench = try Bench()
        try bench.add("c:album:1")
        try bench.expand(#require(try bench.claim(0).first), into: [])
        #expect(try bench.claim(3).first?.id == "c:album:1")
    }

    @Test func `a track in two lists is fetched once, and both hear of it`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.add("c:playlist:2")
        for job in try bench.claim(0, 2) { try bench.expand(job, into: ["c:track:1"]) }
        #expect(try bench.claim(1, 5).count == 1)
        try bench.change { _ = try $0.recover() }
        for stage in 1...3 { try bench.pass(stage) }
        let told = try bench.claim(3, 5)
        #expect(Set(told.map(\.id)) == ["c:playlist:1", "c:track:1"])
        let skip = try #require(told.first { $0.id == "c:track:1" })
        #expect(skip.record?.kind == "skip" && skip.record?.parent == "c:playlist:2")
        #expect(try bench.claim(2).isEmpty)
        try bench.settle(skip, .final(#require(skip.record)))
        #expect(try bench.claim(3, 5).map(\.id) == ["c:playlist:2"])
        #expect(try bench.state("c:track:1") == .done)
    }

    @Test func `a track at its end is told of to a list that comes later`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        try bench.pass(0)
        for stage in 1...3 { try bench.pass(stage) }
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1"])
        #expect(try bench.claim(1).isEmpty)
        let told = try #require(try bench.claim(3).first)
        #expect(told.record?.kind == "skip" && told.record?.seq == 1)
        try bench.settle(told, .final(#require(told.record)))
        #expect(try bench.claim(3).first?.id == "c:playlist:1")
    }

    @Test func `stale media goes back to where media is written`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        try bench.pass(0)
        try bench.pass(1, adding: "media")
        let job = try #require(try bench.claim(2).first)
        #expect(try bench.settle(job, .failed(.stale("expired", "too late"))) == .moved(1))
        let again = try #require(try bench.claim(1).first)
        #expect(again.record?["media"] == nil)
    }

    @Test func `a stale file leaves the spool, and costs a try like any other`() throws {
        let bench = try Bench(
            Array(Bench.stops[...2]) + [
                Route.Stop(name: "verify", kinds: ["track"], backoff: Backoff(attempts: 3, base: 2, cap: 60))
            ])
        try bench.add("c:track:1")
        try bench.pass(0)
        for failures in 1...3 {
            try bench.pass(1, adding: "media")
            try bench.pass(2, adding: "file")
            let job = try #require(try bench.claim(3).first)
            let (fate, swept) = try bench.change { change in
                (try change.settle(job, .failed(.stale("damaged", "a wrong bit"))).fate, change.swept.map(\.id))
            }
            guard case .waits(let due) = fate else {
                #expect(failures == 3 && fate == .ended(.failed))
                return
            }
            #expect(swept == ["c:track:1"])
            bench.now = due
            _ = try bench.change { try $0.wake() }
        }
    }

    @Test func `a skip that proves stale becomes what was to be done, without what it said was there`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        try bench.pass(0)
        let job = try #require(try bench.claim(1).first)
        var found = try #require(job.record).with(kind: "track")
        for section in ["track", "media", "placed"] { found.edit(section) { $0["title"] = .string("T") } }
        #expect(try bench.settle(job, .final(.skip(found, why: "in the library"))) == .moved(3))
        #expect(try bench.state("c:track:1") == .skipped)
        let told = try #require(try bench.claim(3).first)
        #expect(try bench.settle(told, .failed(.stale("taken", "it is another's"))) == .moved(1))
        #expect(try bench.state("c:track:1") == .ready)
        let again = try #require(try bench.claim(1).first?.record)
        #expect(again.kind == "track" && again["track"] != nil)
        #expect(["media", "placed", "why", "record"].allSatisfy { again[$0] == nil })
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `a skip of something else, or of nothing, is told again`() throws {
        for inner in [Record(request: "c:track:2", id: "c:track:2"), nil] {
            let bench = try Bench()
            try bench.add("c:track:1")
            try bench.pass(0)
            let job = try #require(try bench.claim(1).first)
            var skip = Record(kind: "skip", id: "c:track:1")
            skip["record"] = inner?.value
            try bench.settle(job, .final(skip))
            let told = try #require(try bench.claim(3).first)
            guard case .waits = try bench.settle(told, .failed(.stale("taken", "it is another's"))) else {
                Issue.record("it does not wait")
                return
            }
            #expect(try bench.state("c:track:1") == .skipped)
        }
    }

    @Test func `an answer of a claim that moved on changes nothing`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        let job = try #require(try bench.claim(0).first)
        #expect(try bench.change { try $0.recover() } == 1)
        let record = try #require(job.record)
        for answer in [Answer.final(record), .failed(.transient("cut", "x")), .lost("x"), .returned] {
            #expect(try bench.settle(job, answer) == .void)
        }
        let other = try #require(try bench.claim(0).first)
        #expect(try bench.settle(job, .final(record)) == .void)
        #expect(try bench.settle(other, .final(record)) == .moved(1))
    }

    @Test func `every row leads to one that is there, also when some are forgotten`() throws {
        let bench = try Bench()
        func isWhole() throws -> Bool { try bench.change { try $0.row("PRAGMA foreign_key_check", []) == nil } }
        try bench.add("c:playlist:1")
        let job = try #require(try bench.claim(0).first)
        try bench.expand(job, into: ["c:track:1", "c:track:2"])
        #expect(try isWhole())
        _ = try bench.change { try $0.cancel(.all) }
        _ = try bench.change { try $0.clear(.all) }
        #expect(try isWhole() && bench.change { try $0.row("SELECT 1 FROM item", []) == nil })
        try bench.change { try $0.execute("INSERT INTO membership VALUES (98, 1, 99, 0)", []) }
        #expect(try !isWhole())
    }

    @Test func `every move that is listed is made, and no other`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        for from in State.allCases {
            for to in State.allCases where to != from {
                let isLegal = State.moves.contains { $0.from == from && $0.to == to }
                try bench.change { change in
                    try change.execute("DELETE FROM item", [])
                    try change.execute(
                        """
                        INSERT INTO item (id, state, stage, lane, line, added, claim, due, finished)
                        VALUES ('x', ?, 1, 0, x'7b7d', 0, ?, ?, ?)
                        """, [from.rawValue] + Self.companions(of: from))
                }
                let move = {
                    try bench.change { change in
                        try change.execute(
                            "UPDATE item SET state = ?, claim = ?, due = ?, finished = ?",
                            [to.rawValue] + Self.companions(of: to))
                    }
                }
                if isLegal {
                    #expect(throws: Never.self, "\(from) to \(to)") { try move() }
                } else {
                    let error = #expect(throws: Failure.self, "\(from) to \(to)") { try move() }
                    #expect(error?.message.contains("no such move of an item") == true)
                }
            }
        }
    }

    private static func companions(of state: State) -> [(any DatabaseValueConvertible)?] {
        [state == .running ? 1 : nil, state == .waiting ? 1 : nil, state.isFinal ? 1 : nil]
    }

    @Test func `stale media is renewed by the stage that wrote it`() throws {
        let bench = try Bench([
            Route.Stop(name: "one", kinds: ["request", "track"], writesMedia: true),
            Route.Stop(name: "two", kinds: ["request", "track"], writesMedia: true),
            Route.Stop(name: "fetch", kinds: ["track"]), Route.Stop(name: "record")
        ])
        for (id, writer) in [("a:track:1", 0), ("b:track:1", 1)] {
            try bench.add(id)
            for stage in 0...1 {
                let job = try #require(try bench.claim(stage).first)
                var record = try #require(job.record).with(kind: "track")
                if stage == writer { record.edit("media") { $0["url"] = .string("http://h/\(id)") } }
                try bench.settle(job, .final(stage < writer ? #require(job.record) : record))
            }
            let job = try #require(try bench.claim(2).first)
            #expect(try bench.settle(job, .failed(.stale("expired", "x"))) == .moved(writer))
            #expect(try bench.change { try $0.cancel(.item(id)) } == 1)
        }
    }

    @Test func `a member that came with its media is renewed where the list was expanded`() throws {
        let bench = try Bench([
            Route.Stop(name: "one", kinds: ["request"], writesMedia: true),
            Route.Stop(name: "two", kinds: ["request"], writesMedia: true), Route.Stop(name: "fetch", kinds: ["track"])
        ])
        try bench.add("a:playlist:1")
        let list = try #require(try bench.claim(0).first)
        var child = Record(kind: "track", id: "a:track:1", parent: "a:playlist:1", seq: 1)
        child.edit("media") { $0["url"] = .string("http://h/1") }
        try bench.settle(list, .member(child))
        let job = try #require(try bench.claim(2).first)
        #expect(try bench.settle(job, .failed(.stale("expired", "x"))) == .moved(0))
    }
}
