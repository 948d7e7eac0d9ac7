import Catalogue
import DriverKit
import Ledger
import Processes
import Wire

extension SyncSession {
    /// Books every track of the lists as about to leave, before the lists are read anew: which of them left is known to
    /// nobody after that, should this run be interrupted.
    func bookDepartures(of before: [String: [String]]) throws(Failure) {
        guard before.values.contains(where: { !$0.isEmpty }) else { return }
        try Catalogue(library: library).change(now: Mirror.now) { change throws(Failure) in
            for (list, tracks) in before { try change.depart(tracks, from: list) }
        }
    }

    /// Moves tracks that left the lists to the trash, unless that is refused; returns the exit status.
    func throwAway(before: [String: [String]], after: [String: [String]]) throws(Failure) -> Int32 {
        let catalogue = try Catalogue(library: library)
        // The rest stays booked: what is refused or interrupted now may go another time.
        try catalogue.change(now: Mirror.now) { change throws(Failure) in try change.forgetDepartures() }
        let mirror = Mirror(
            lists: try lists.map { list throws(Failure) in
                let leaving = try catalogue.departed(from: list)
                return Mirror.List(
                    id: list, known: Set((before[list] ?? []) + leaving).count, told: after[list]?.count ?? 0,
                    isComplete: try isComplete(list, catalogue), leaving: leaving)
            }, limit: limit)
        return try settle(mirror) { () throws(Failure) in
            try mirror.carryOut(in: catalogue) { put("trash", $0) }
        }
    }

    /// Shows what `throwAway` would do, by what the lists say, and changes nothing.
    func tellLeaving(
        _ inquiry: Inquiry, before: [String: [String]], after: [String: [String]]
    ) throws(Failure) -> Int32 {
        let catalogue = try Catalogue(library: library, readOnly: true)
        let held = Set(after.values.joined())
        let mirror = Mirror(
            lists: try lists.map { list throws(Failure) in
                var leaving: [String] = []
                for id in Set(try catalogue.departed(from: list) + difference(before[list], after[list])) {
                    guard try catalogue.track(id: id) != nil, !held.contains(id) else { continue }
                    if try !catalogue.isHeld(id, excluding: lists) { leaving.append(id) }
                }
                return Mirror.List(
                    id: list, known: Set((before[list] ?? []) + leaving).count, told: after[list]?.count ?? 0,
                    isComplete: inquiry.lists[list]?.isComplete ?? false, leaving: leaving)
            }, limit: limit)
        return try settle(mirror) { for id in mirror.leaving { put("trash", id) } }
    }

    private func settle(_ mirror: Mirror, _ body: () throws(Failure) -> Void) throws(Failure) -> Int32 {
        if let refusal = mirror.refusal {
            complain("nothing is thrown away: \(refusal)")
            return mirror.leaving.isEmpty ? 0 : ExitStatus.failed.rawValue
        }
        try body()
        return 0
    }

    private func isComplete(_ list: String, _ catalogue: Catalogue) throws(Failure) -> Bool {
        guard let known = try catalogue.collection(list), known.finishedAt != nil, let children = known.children else {
            return false
        }
        let state = try Ledger(path: pipeline.ledger).show(list)?.item.state
        return children >= known.total ?? 0 && state == .done
    }
}
