import Foundation
import Testing
import Wire

@testable import Ledger

/// A driver's months with many followed lists: the ledger is a real one, and only the clock is not.
private final class Months {
    private let folder = FileManager.default.temporaryDirectory.path + "/months-\(UUID().uuidString)"
    private var ledger: Ledger
    private let route = Route(Bench.stops)
    private(set) var now: Int64 = 1_700_000_000_000
    private var token: Int64 = 0
    private var lanes: [Int64] = Bench.stops.map { _ in -1 }
    /// The lists that the driver has in hand; a kill forgets them.
    private var inHand: [Job] = []
    /// How often each list was asked for, and when.
    private(set) var asked: [String: [Int64]] = [:]
    private(set) var doubles = 0
    private(set) var kills = 0
    private var draws = SystemRandomNumberGenerator()

    init(_ lists: [(id: String, every: Int64)]) throws {
        ledger = try Ledger(path: folder + "/ledger.sqlite", isTemporary: true)
        try ledger.change(now: now, route: route) { change in
            for (id, every) in lists { try change.follow(Record(request: id, id: id), FollowTerms(every: every)) }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Lets time pass in steps, in each of which the driver may do something and may be killed.
    func pass(_ span: Int64, step: Int64, killing rate: Int) throws {
        let end = now + span
        while now < end {
            now += step
            try begin()
            if rate > 0, Int.random(in: 0..<rate, using: &draws) == 0 { try kill() }
            try settle()
        }
    }

    /// Nothing happens meanwhile.
    func sleep(_ span: Int64) { now += span }

    private func begin() throws {
        try ledger.change(now: now, route: route) { change in
            let begun = try change.askFollowed()
            for id in begun {
                if inHand.contains(where: { $0.id == id }) { doubles += 1 }
                asked[id, default: []].append(now)
            }
            token += 1
            for stage in [3, 0] {
                var capacity = Capacity(records: 64, idle: 1)
                inHand += try change.claim(stage: stage, capacity: &capacity, lane: &lanes[stage], token: token)
            }
        }
    }

    private func kill() throws {
        kills += 1
        inHand = []
        ledger = try Ledger(path: folder + "/ledger.sqlite", isTemporary: true)
        try ledger.change(now: now, route: route) { _ = try $0.recover() }
    }

    /// Most lists are as they were, some are read, and some bring nothing because their host asks for a pause.
    private func settle() throws {
        let jobs = inHand
        inHand = []
        try ledger.change(now: now, route: route) { change in
            _ = try change.wake()
            for job in jobs {
                guard let request = job.record else { continue }
                _ = try change.settle(job, answer(to: request))
            }
            try change.close()
            _ = try change.bookFollowed()
        }
    }

    private func answer(to request: Record) -> Answer {
        guard request.kind == "request" else { return .final(request) }
        switch Int.random(in: 0..<50, using: &draws) {
        case 0: return .failed(.throttled("wait", "wait", host: "h", retryAfter: 60))
        case 1:
            let summary = CollectionSummary(type: "playlist", title: nil, creator: nil, artworkURL: nil)
            return .final(.done(request, n: 0, total: nil, collection: summary))
        default:
            var done = Record(kind: "done", id: request.id)
            done["unchanged"] = .boolean(true)
            return .final(done)
        }
    }
}

@Suite struct FollowedMonthsTests {
    private static let (minute, hour, day): (Int64, Int64, Int64) = (60_000, 3_600_000, 86_400_000)

    /// A year takes a minute or two, and is run by hand.
    private static let days = ProcessInfo.processInfo.environment["SEGUE_DAYS"].flatMap(Int64.init) ?? 60

    @Test func `five hundred lists are each asked for as often as they should be, through many kills`() throws {
        let intervals = [12 * Self.hour, Self.day, 2 * Self.day, 3 * Self.day, 7 * Self.day]
        let lists = (0..<500).map { (id: "c:playlist:\($0)", every: intervals[$0 % intervals.count]) }
        let months = try Months(lists)
        try months.pass(Self.days * Self.day, step: Self.hour, killing: 50)
        #expect(months.kills > Self.days / 8 && months.doubles == 0)
        for list in lists {
            let count = Double(months.asked[list.id]?.count ?? 0)
            let wanted = Double(Self.days * Self.day) / Double(list.every)
            #expect(abs(count - wanted) <= max(1.5, wanted / 100), "\(list.id): \(count) times and not \(wanted)")
        }
    }

    @Test func `after a sleep each list is asked for once, and they are not all together ever after`() throws {
        let lists = (0..<50).map { (id: "c:playlist:\($0)", every: 6 * Self.hour) }
        let months = try Months(lists)
        try months.pass(Self.hour, step: Self.minute, killing: 20)
        months.sleep(3 * Self.day)
        let woken = months.now
        try months.pass(7 * Self.hour, step: Self.minute, killing: 20)
        let later = lists.map { list in (months.asked[list.id] ?? []).filter { $0 > woken } }
        #expect(later.allSatisfy { $0.count == 2 && $0[0] <= woken + 5 * Self.minute })
        #expect(Set(later.map { $0[1] }).count > 20)
        #expect(months.doubles == 0)
    }
}
