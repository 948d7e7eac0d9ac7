import Foundation
import GRDB
import Testing
import Wire

@testable import Ledger

/// A ledger in a folder of its own, and a clock that stands still until it is moved.
final class Bench {
    private(set) var ledger: Ledger
    var route: Route
    let folder: String
    var now: Int64 = 1_000_000
    private var token: Int64 = 0
    private var lanes: [Int64]

    static let stops: [Route.Stop] = [
        Route.Stop(name: "expand", kinds: ["request"]),
        Route.Stop(name: "resolve", kinds: ["request", "track"], writesMedia: true),
        Route.Stop(name: "fetch", kinds: ["track"], backoff: Backoff(attempts: 3, base: 2, cap: 60)),
        Route.Stop(name: "record", kinds: ["track", "skip", "error", "done"])
    ]

    init(_ stops: [Route.Stop] = stops) throws {
        folder = FileManager.default.temporaryDirectory.path + "/ledger-\(UUID().uuidString)"
        ledger = try Ledger(path: folder + "/state/ledger.sqlite")
        route = Route(stops)
        lanes = stops.map { _ in -1 }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The driver dies, and the next one opens the ledger.
    func restart() throws {
        ledger = try Ledger(path: folder + "/state/ledger.sqlite")
        try change { change in
            _ = try change.recover()
            try change.releaseAll()
        }
    }

    func change<Result>(_ body: (Change) throws -> Result) throws -> Result {
        try ledger.change(now: now, route: route, body)
    }

    @discardableResult
    func add(_ id: String, first: Bool = false) throws -> Change.Addition {
        let isCollection = !id.contains(":track:")
        return try change {
            try $0.add(Record(request: id, id: id), isCollection: isCollection, first: first)
        }
    }

    /// Claims up to `count` items for a stage.
    func claim(_ stage: Int, _ count: Int = 1, idle: Int = 1) throws -> [Job] {
        try change {
            var capacity = Capacity(records: count, idle: idle)
            token += 1
            return try $0.claim(stage: stage, capacity: &capacity, lane: &lanes[stage], token: token)
        }
    }

    @discardableResult
    func settle(_ job: Job, _ answer: Answer) throws -> Fate { try change { try $0.settle(job, answer).fate } }

    /// Expands a collection into members with these ids.
    @discardableResult
    func expand(_ job: Job, into ids: [String]) throws -> Fate {
        try change { change in
            for (index, id) in ids.enumerated() {
                let child = Record(request: id, id: id, parent: job.id, seq: index + 1)
                _ = try change.settle(job, .member(child))
            }
        }
        let summary = CollectionSummary(type: "playlist", title: "List", creator: nil, artworkURL: nil)
        let request = try #require(job.record)
        return try settle(job, .final(.done(request, n: ids.count, total: nil, collection: summary)))
    }

    /// Takes one item from a stage to the next with a section of its own.
    @discardableResult
    func pass(_ stage: Int, adding section: String? = nil) throws -> String {
        let job = try #require(try claim(stage).first)
        var record = try #require(job.record)
        if record.kind == "request" { record = record.with(kind: "track") }
        if let section { record.edit(section) { $0["title"] = .string("Title") } }
        try settle(job, .final(record))
        return job.id
    }

    func state(_ id: String) throws -> State? { try ledger.show(id)?.item.state }

    /// The tally, counted anew, and as the triggers keep it.
    func tallies() throws -> (counted: [[String]], kept: [[String]]) {
        try ledger.read { database in
            let counted = """
                SELECT stage, state, ifnull(outcome, ''), count(*) FROM item GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                """
            let kept = "SELECT stage, state, outcome, count FROM tally WHERE count <> 0 ORDER BY 1, 2, 3"
            func rows(_ sql: String) throws -> [[String]] {
                try Row.fetchAll(database, sql: sql).map { row in row.map { "\($0.1)" } }
            }
            return (try rows(counted), try rows(kept))
        }
    }
}
