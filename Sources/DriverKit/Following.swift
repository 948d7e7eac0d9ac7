import Catalogue
import Dispatch
import Ledger
import Processes
import Wire

/// Moves what left followed lists to the trash of the library, on a thread of its own, and books that.
///
/// A kill leaves it to the next driver: the ledger keeps what left until it is booked, and to move it again does no harm.
final class Following {
    private let presence: Presence?
    private let disk = DispatchQueue(label: "following")
    private let work = DispatchGroup()
    private let ends: Mailbox<End>
    /// What ended and is not booked yet.
    private var unbooked: [End] = []
    private var isWorking = false
    private var hasFailed = false
    private var trying = Interval(seconds: 30)
    /// Whether the ledger has something to move.
    var isDue = false

    /// What became of one: how many tracks went, or why none.
    private struct End: Sendable {
        let departure: Departure
        let count: Result<Int, Failure>
    }

    init(_ presence: Presence?) throws(Failure) { (self.presence, ends) = (presence, try Mailbox()) }

    /// Whether a driver that would end waits for it.
    var isAwaited: Bool { isWorking || isDue && !hasFailed }

    /// Begins what is to do and books what is done, `now` in monotonic nanoseconds; returns what there is to say.
    func look(now: Int64, in ledger: Ledger) throws(Failure) -> [String] {
        unbooked += ends.drain()
        if !unbooked.isEmpty { return try book(in: ledger) }
        guard isDue, !isWorking, !hasFailed || trying.isOver(now: now) else { return [] }
        isDue = false
        for departure in try ledger.departures() {
            isWorking = true
            disk.async(group: work) { [ends, presence] in
                ends.put(End(departure: departure, count: Self.carryOut(departure, in: presence)))
            }
        }
        return []
    }

    /// At the end: waits for what is being moved, and books it.
    func finish(in ledger: Ledger) throws(Failure) -> [String] {
        work.wait()
        unbooked += ends.drain()
        return try book(in: ledger)
    }

    private func book(in ledger: Ledger) throws(Failure) -> [String] {
        isWorking = work.wait(timeout: .now()) != .success
        var lines: [String] = []
        while let end = unbooked.first {
            lines += try book(end, in: ledger)
            unbooked.removeFirst()
        }
        return lines
    }

    private func book(_ end: End, in ledger: Ledger) throws(Failure) -> [String] {
        let (list, refusal): (String, String?)
        switch end.count {
        case .success: (list, refusal) = (end.departure.list, nil)
        case .failure(let failure) where failure.class == .permanent:
            (list, refusal) = (end.departure.list, failure.message)
        case .failure(let failure):
            defer { (isDue, hasFailed) = (true, true) }
            return hasFailed ? [] : ["what left \(end.departure.list) cannot go to the trash now: \(failure.message)"]
        }
        hasFailed = false
        let isNews = try ledger.change(now: millisecondsSince1970()) { try $0.settled(end.departure, refusal: refusal) }
        if case .success(let count) = end.count { return count > 0 ? ["\(list): \(count) moved to the trash"] : [] }
        return isNews ? ["\(list): nothing is thrown away: \(refusal ?? "")"] : []
    }

    private static func carryOut(_ departure: Departure, in presence: Presence?) -> Result<Int, Failure> {
        do throws(Failure) {
            guard let presence else { throw .permanent("no_library", "no stage of the pipeline works with a library") }
            if let absence = presence.absence { throw absence }
            return .success(try carryOut(departure, in: try Catalogue(library: presence.library)))
        } catch {
            return .failure(error)
        }
    }

    private static func carryOut(_ departure: Departure, in catalogue: Catalogue) throws(Failure) -> Int {
        let leaving = try departure.leaving.map { id throws(Failure) in
            try catalogue.known(Record(kind: "track", id: id)).id
        }
        guard try Set(leaving).isDisjoint(with: catalogue.members(of: departure.list)) else {
            throw .permanent("not_booked", "the library has not booked the list as it is now")
        }
        try catalogue.change(now: Mirror.now) { change throws(Failure) in
            try change.depart(leaving, from: departure.list)
            try change.forgetDepartures()
        }
        let list = Mirror.List(
            id: departure.list, known: departure.known, told: departure.told, isComplete: true,
            leaving: try catalogue.departed(from: departure.list))
        let mirror = Mirror(lists: [list], limit: departure.mostTrashed)
        if let refusal = mirror.refusal { throw .permanent("too_many", refusal) }
        try mirror.carryOut(in: catalogue) { _ in }
        return mirror.leaving.count
    }
}
