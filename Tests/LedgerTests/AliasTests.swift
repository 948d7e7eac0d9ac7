import Episodes
import Foundation
import GRDB
import Testing
import Wire

@testable import Ledger

@Suite struct AliasTests {
    private func tell(_ bench: Bench, _ members: (id: String, aliases: [String])...) throws -> [Fate] {
        try finish(bench)
        try bench.add("file:playlist:1")
        let job = try #require(try bench.claim(0).first)
        let fates = try bench.change { change in
            try members.enumerated().map { index, member in
                var record = Record(request: "http://h/\(member.id)", id: member.id, parent: job.id, seq: index + 1)
                record.set(aliases: member.aliases)
                return try change.settle(job, .member(record)).fate
            }
        }
        let summary = CollectionSummary(type: "playlist", title: nil, creator: nil, artworkURL: nil)
        try bench.settle(job, .final(.done(#require(job.record), n: members.count, total: nil, collection: summary)))
        return fates
    }

    private func finish(_ bench: Bench) throws {
        for stage in 1...3 { while let job = try bench.claim(stage).first { try finish(bench, job) } }
    }

    private func finish(_ bench: Bench, _ job: Job) throws {
        let record = try #require(job.record)
        try bench.settle(job, .final(record.kind == "request" ? record.with(kind: "track") : record))
    }

    @Test func `a member is known by its id, by an alias, and by what its own id was an alias of`() throws {
        let bench = try Bench()
        #expect(try tell(bench, ("a", ["b"])) == [.joined("a")])
        try finish(bench)
        #expect(try tell(bench, ("c", ["b", "d"])) == [.joined("a")])
        try finish(bench)
        #expect(try tell(bench, ("d", [])) == [.joined("a")])
        #expect(try tell(bench, ("e", ["f", "c"]), ("g", ["h"])) == [.joined("a"), .joined("g")])
        #expect(try bench.ledger.list(ItemQuery()).map(\.id) == ["file:playlist:1", "a", "g"])
    }

    @Test func `the stages behind see the id that is known, and hear of new aliases once`() throws {
        let bench = try Bench()
        _ = try tell(bench, ("a", ["b"]))
        try finish(bench)
        _ = try tell(bench, ("c", ["b"]))
        let job = try #require(try bench.claim(3).first)
        let record = try #require(job.record)
        #expect(job.id == "a" && record.kind == "skip" && record.carried?.aliases == ["c", "b"])
        try bench.settle(job, .final(record))
        try finish(bench)
        #expect(try bench.state("a") == .done && bench.state("file:playlist:1") == .done)
        _ = try tell(bench, ("c", ["b"]))
        #expect(try bench.claim(3).map(\.id) == ["file:playlist:1"])
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `what is added by an alias is the item that has it`() throws {
        let bench = try Bench()
        _ = try tell(bench, ("a", ["b"]))
        #expect(try bench.add("b") == .known)
        try finish(bench)
        #expect(try bench.add("b") == .again && bench.state("a") == .ready && bench.state("b") == nil)
    }

    @Test func `what an earlier version called otherwise is that item, and keeps its id`() throws {
        let bench = try Bench()
        func add(_ id: String) throws -> Change.Addition {
            try bench.change {
                try $0.add(Record(request: id, id: id), formerID: "catalog:track:1", isCollection: false, first: false)
            }
        }
        try bench.add("catalog:track:1")
        #expect(try add("home:track:1") == .known)
        #expect(try bench.ledger.show("home:track:1") == nil)
        // Lists that have it under its new id lead to it from now on.
        try finish(bench)
        #expect(try tell(bench, ("home:track:1", [])) == [.joined("catalog:track:1")])
    }

    @Test func `a former id that nothing has is not kept`() throws {
        let bench = try Bench()
        try bench.change { change in
            let request = Record(request: "track:1", id: "home:track:1")
            _ = try change.add(request, formerID: "catalog:track:1", isCollection: false, first: false)
        }
        #expect(try bench.add("catalog:track:1") == .added)
    }

    @Test func `aliases go with their item`() throws {
        let bench = try Bench()
        _ = try tell(bench, ("a", ["b"]))
        try finish(bench)
        _ = try bench.ledger.clear(.all, route: bench.route, now: bench.now)
        #expect(try tell(bench, ("c", ["b"])) == [.joined("c")])
    }

    @Test func `an id that a former one leads to is found once`() throws {
        let bench = try Bench()
        _ = try tell(bench, ("a", []))
        try bench.change { change in
            try change.execute("INSERT INTO alias VALUES ('was:1', 2), ('was:2', 2)", [])
        }
        #expect(try tell(bench, ("b", ["was:1"])) == [.joined("a")])
        #expect(try tell(bench, ("b", ["was:1"]), ("c", ["was:2", "was:3"])) == [.joined("a"), .joined("c")])
        #expect(try tell(bench, ("d", ["was:3"])) == [.joined("d")])
    }

    @Test func `what an older version added is found by its link or its title and day`() throws {
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue, upTo: "items that are held back for what they need")
        func line(_ link: String, _ title: String, _ day: String) -> Data {
            Data(
                #"{"v":1,"kind":"track","id":"x","ref":"http://h/\#(link)","track":{"title":"\#(title)","release_date":"\#(day)"}}"#
                    .utf8)
        }
        try queue.write { database in
            try database.execute(sql: "INSERT INTO stage VALUES (1, 'one')")
            let items: [(String, Data)] = [
                ("file:playlist:1", Data("{}".utf8)), ("url:track:1", line("1.mp3?token=0", "A", "2026-01-01")),
                ("url:track:2", line("2.mp3", "B", "2026-01-02")), ("url:track:3", line("3.mp3", "B", "2026-01-02")),
                ("c:track:4", line("4.mp3", "D", "2026-01-04")), ("url:track:5", Data("damaged".utf8))
            ]
            for (index, item) in items.enumerated() {
                try database.execute(
                    sql: "INSERT INTO item (id, state, stage, lane, line, added) VALUES (?, 'ready', 1, 1, ?, 0)",
                    arguments: [item.0, item.1])
                let isMember = index > 0
                if isMember {
                    try database.execute(
                        sql: "INSERT INTO membership VALUES (1, ?, ?, 0)", arguments: [index, index + 1])
                }
            }
        }
        try Schema.migrator.migrate(queue)
        func found(_ link: String, _ title: String, _ day: String) throws -> Set<Int64> {
            let links = FormerID.links("http://h/\(link)")
            return try queue.read { database in
                let ids = FormerID.ids(in: "file:playlist:1", links: links, title: title, day: day)
                return try Set(
                    ids.compactMap {
                        try Int64.fetchOne(database, sql: "SELECT item FROM alias WHERE id = ?", arguments: [$0])
                    })
            }
        }
        #expect(try found("1.mp3?token=9", "A", "2026-01-01") == [2] && found("else.mp3", "A", "2026-01-01") == [2])
        #expect(try found("1.mp3?token=9", "C", "2026-01-03") == [] && found("4.mp3", "D", "2026-01-04") == [])
        // Two have that title and day: their links tell them apart, and nothing else does.
        #expect(try found("2.mp3", "B", "2026-01-02") == [3] && found("else.mp3", "B", "2026-01-02") == [])
    }
}
