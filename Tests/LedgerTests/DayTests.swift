import Foundation
import GRDB
import Testing
import Wire

@testable import Ledger

@Suite struct DayTests {
    /// One hour: a list that has other tracks than before is added again; a third of them have to wait, and some fail.
    private func work(_ hour: Int, _ bench: Bench) throws {
        try bench.add("c:playlist:1")
        try bench.expand(
            #require(try bench.claim(0).first), into: (0..<120).map { "c:track:\((hour * 40 + $0) % 400)" })
        // What is in hand now dies with its driver.
        _ = try bench.claim(1, 9)
        try bench.restart()
        while try !bench.ledger.isEverythingAtItsEnd() {
            bench.now += 60_000
            _ = try bench.change { try $0.wake() }
            for stage in 1...3 {
                for job in try bench.claim(stage, 500) { try bench.settle(job, answer(job)) }
            }
        }
    }

    private func answer(_ job: Job) throws -> Answer {
        let record = try #require(job.record)
        let number = Int(job.id.split(separator: ":").last ?? "") ?? 0
        guard job.stage == 2, !job.isTelling else {
            return .final(record.kind == "request" ? record.with(kind: "track") : record)
        }
        if number.isMultiple(of: 50) { return .failed(.permanent("gone", "gone")) }
        let isFirst = job.failures == 0 && number.isMultiple(of: 3)
        return isFirst ? .failed(Failure(.transient, "cut", "cut", retryAfter: 30)) : .final(record)
    }

    /// What the ledger takes: pages of its file, rows of its tables, and descriptors of the process that lead to it.
    private func size(_ bench: Bench) throws -> (pages: Int, rows: Int, descriptors: Int) {
        bench.ledger.settle()
        let tables = ["item", "membership", "failure", "alias", "tally"]
        let counted = try bench.ledger.read { database in
            let rows = try tables.reduce(0) {
                try $0 + (Int.fetchOne(database, sql: "SELECT count(*) FROM \($1)") ?? 0)
            }
            return (try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0, rows)
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?
                .hasPrefix(bench.folder) == true
        }
        return (counted.0, counted.1, open.count)
    }

    @Test
    func `after a day of lists that change, with a driver for each hour, the ledger is no larger than after two hours`()
        throws
    {
        let bench = try Bench()
        var early: (pages: Int, rows: Int, descriptors: Int)?
        for hour in 0..<24 {
            try work(hour, bench)
            let cleared = try [.all, .state(.failed), .item("c:playlist:1")].map {
                try bench.ledger.clear($0, route: bench.route, now: bench.now).count
            }
            #expect(cleared.reduce(0, +) == 121)
            let size = try size(bench)
            guard let known = early else {
                if hour == 1 { early = size }
                continue
            }
            #expect(size.pages <= known.pages + 8 && size.rows == known.rows, "hour \(hour)")
            #expect(size.descriptors == known.descriptors, "hour \(hour)")
        }
    }

    @Test func `a list of which tracks come and go, and which is never forgotten itself, keeps nothing that it lost`()
        throws
    {
        let bench = try Bench()
        var early: Int?
        for hour in 0..<24 {
            try work(hour, bench)
            // What the list holds stays with it.
            for state in [State.done, .failed] {
                _ = try bench.ledger.clear(.state(state), route: bench.route, now: bench.now)
            }
            let items = try bench.ledger.list(ItemQuery()).count
            #expect(items <= early ?? items)
            early = hour == 1 ? items : early
        }
    }
}
