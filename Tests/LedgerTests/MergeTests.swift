import Testing
import Wire

@testable import Ledger

@Suite struct MergeTests {
    private func outcome(_ kind: String, _ failureClass: String? = nil, id: String = "c:track:1") -> Record {
        var record = Record(kind: kind, id: id)
        if let failureClass {
            for (name, value) in [("class", failureClass), ("code", "why"), ("message", "why"), ("stage", "fetch")] {
                record[name] = .string(value)
            }
        }
        return record
    }

    private func merge(_ bench: Bench, _ outcome: Record) throws -> Change.Merged {
        try bench.change { try $0.merge(outcome, before: 3) }
    }

    @Test(arguments: [
        ("track", nil, OutcomeRank.done), ("skip", nil, .done), ("error", "permanent", .failed),
        ("error", "crash", .failed),
        ("error", "transient", .failed), ("error", "stale", .failed), ("error", "config", .left),
        ("error", "throttled", .left),
        ("error", "unheard-of", .left)
    ])
    func `what a line says of its item`(kind: String, failureClass: String?, rank: OutcomeRank) {
        #expect(OutcomeRank(of: outcome(kind, failureClass)) == rank)
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]], [false, true])
    func `the line that says most counts, in whatever order they come`(order: [Int], isBookedBetween: Bool) throws {
        let (bench, lines) = (
            try Bench(), [outcome("error", "config"), outcome("error", "permanent"), outcome("track")]
        )
        try bench.add("c:track:1")
        for index in order {
            _ = try merge(bench, lines[index])
            if isBookedBetween, let job = try bench.claim(3).first {
                try bench.settle(job, .final(#require(job.record)))
            }
        }
        if let job = try bench.claim(3).first { try bench.settle(job, .final(#require(job.record))) }
        #expect(try bench.state("c:track:1") == .done)
        for line in lines { #expect(try merge(bench, line) == .known) }
        #expect(try bench.tallies().counted == bench.tallies().kept)
    }

    @Test func `a dead letter of a shard is told to later stages, and tried again from where the item was`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        try bench.pass(0)
        let line = try #require(try bench.ledger.show("c:track:1")?.line)
        #expect(try merge(bench, outcome("error", "transient")) == .booked)
        let letter = try #require(try bench.claim(3).first)
        #expect(letter.record?.kind == "error")
        #expect(try bench.settle(letter, .final(#require(letter.record))) == .ended(.failed))
        #expect(try bench.ledger.show("c:track:1")?.failures.map(\.stage) == ["fetch"])
        #expect(try bench.change { try $0.retry(.state(.failed)) } == 1)
        #expect(try bench.claim(1).first?.line == line)
    }

    @Test(arguments: [State.ready, .running, .waiting, .paused])
    func `an item that is under way here goes on behind the shard's stages`(state: State) throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        let job = state == .running || state == .waiting ? try bench.claim(0).first : nil
        if state == .waiting {
            try bench.settle(#require(job), .failed(.throttled("http_429", "wait", host: "h", retryAfter: 9)))
        }
        if state == .paused { _ = try bench.change { try $0.pause(.item("c:track:1")) } }
        #expect(try bench.state("c:track:1") == state)
        #expect(try merge(bench, outcome("track")) == .booked)
        #expect(try bench.claim(3).first?.id == "c:track:1")
        if state == .running { #expect(try bench.settle(#require(job), .final(outcome("track"))) == .void) }
    }

    @Test func `a user's word, lists and strangers stay as they are`() throws {
        let bench = try Bench()
        try bench.add("c:track:1")
        try bench.add("c:playlist:1")
        _ = try bench.change { try $0.cancel(.item("c:track:1")) }
        #expect(try merge(bench, outcome("track")) == .cancelled)
        #expect(try merge(bench, outcome("track", id: "c:playlist:1")) == .known)
        #expect(try merge(bench, outcome("track", id: "c:track:9")) == .unknown)
        #expect(try bench.state("c:track:1") == .cancelled && bench.state("c:playlist:1") == .ready)
    }

    @Test func `a list ends with the last of its members, wherever they were worked on`() throws {
        let bench = try Bench()
        try bench.add("c:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ["c:track:1", "c:track:2"])
        for seq in 1...2 {
            #expect(try bench.state("c:playlist:1") == .open)
            let done = Record(kind: "track", id: "c:track:\(seq)", parent: "c:playlist:1", seq: seq)
            #expect(try merge(bench, done) == .booked)
            try bench.settle(#require(try bench.claim(3).first), .final(done))
        }
        #expect(try bench.claim(3).first?.id == "c:playlist:1")
    }

    @Test func `without a stage behind it an item ends at once`() throws {
        let bench = try Bench(Array(Bench.stops.prefix(3)))
        try bench.add("c:track:1")
        #expect(try merge(bench, outcome("track")) == .booked)
        #expect(try bench.state("c:track:1") == .done)
    }

    @Test func `what is exported is what is due, in the order in which it was added, and no lists`() throws {
        let bench = try Bench()
        for id in ["c:track:1", "c:playlist:1", "c:track:2", "c:track:3", "c:track:4"] { try bench.add(id) }
        _ = try bench.change { try $0.pause(.item("c:track:2")) }
        _ = try merge(bench, outcome("track", id: "c:track:3"))
        func ids(_ exported: Ledger.Exported, limit: Int = 9) throws -> [String] {
            try bench.ledger.lines(of: exported, after: -1, limit: limit).map { try Record(line: $0.line).id }
        }
        #expect(try ids(.due(at: ["expand", "resolve", "fetch"], now: bench.now)) == ["c:track:1", "c:track:4"])
        #expect(try ids(.due(at: ["record"], now: bench.now)) == ["c:track:3"])
        #expect(try ids(.unfinished, limit: 3) == ["c:track:1", "c:track:2", "c:track:3"])
        #expect(try bench.ledger.countOfUnexpanded() == 1)
    }
}
