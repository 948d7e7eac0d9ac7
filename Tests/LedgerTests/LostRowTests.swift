import Testing
import Wire

@testable import Ledger

@Suite struct LostRowTests {
    /// A list whose members all failed in the end.
    private func failed(_ ids: [String]) throws -> Bench {
        let bench = try Bench()
        try bench.add("file:playlist:1")
        try bench.expand(#require(try bench.claim(0).first), into: ids)
        try failAll(bench)
        for id in ids { #expect(try bench.state(id) == .failed) }
        return bench
    }

    private func failAll(_ bench: Bench) throws {
        for job in try bench.claim(1, 9) {
            let failure = Failure.permanent("not_found", "no catalog has it")
            try bench.settle(job, .final(.error(failure, stage: "resolve", record: #require(job.record))))
        }
        for _ in 1...2 { for job in try bench.claim(3, 9) { try bench.settle(job, .final(#require(job.record))) } }
    }

    private func expandAgain(_ bench: Bench, into ids: [String]) throws {
        #expect(try bench.add("file:playlist:1") == .again)
        try bench.expand(#require(try bench.claim(0).first), into: ids)
    }

    @Test func `a failed row is forgotten once its list has found it or taken it out`() throws {
        let bench = try failed(["row:track:a", "row:track:b", "row:track:c", "row:track:d"])
        try expandAgain(bench, into: ["c:track:7", "row:track:c", "row:track:x"])
        for id in ["row:track:a", "row:track:b", "row:track:d"] { #expect(try bench.state(id) == nil) }
        for id in ["c:track:7", "row:track:c", "row:track:x"] { #expect(try bench.state(id) == .ready) }
        let told = try bench.ledger.commands(after: 0, limit: 20).filter { $0.verb == .cleared }
        #expect(Set(told.compactMap(\.item)) == ["row:track:a", "row:track:b", "row:track:d"])
        let (counted, kept) = try bench.tallies()
        #expect(counted == kept)
    }

    @Test func `a failed row that another list has stays, and so does what is no row`() throws {
        let bench = try failed(["row:track:a", "c:track:1"])
        try bench.add("file:playlist:2")
        try bench.expand(#require(try bench.claim(0).first), into: ["row:track:a"])
        try failAll(bench)
        try expandAgain(bench, into: ["c:track:7"])
        #expect(try bench.state("row:track:a") == .failed)
        #expect(try bench.state("c:track:1") == .failed)
    }
}
