import Wire

@testable import Ledger

/// What the ledger should do, by the words of the contract and of the manual, in memory and slowly.
struct LedgerModel {
    let route: Route
    var items: [String: ModelItem] = [:]
    var memberships: [ModelMembership] = []
    /// Milliseconds since 1970.
    var now: Int64 = 1_000_000_000
    var isPaused = false
    /// Tracks whose files somebody removed from the library.
    var gone: Set<String> = []
    private var added = 0

    init(_ route: Route) { self.route = route }

    /// Lists go on when each member has ended, at the end of a transaction.
    mutating func close() {
        var isStable = false
        while !isStable {
            isStable = true
            for list in items.values.filter({ $0.state == .open }).sorted(by: { $0.number < $1.number })
            where !memberships.contains(where: { $0.list == list.id && !$0.isTold }) {
                isStable = false
                if let stage = route.next(after: list.stage, kind: "done") {
                    items[list.id]?.go(.ready, at: stage)
                    items[list.id]?.outcome = .done
                } else {
                    finish(list.id, .done, list.line)
                }
            }
        }
    }

    /// Adds an item, and returns it.
    mutating func put(_ id: String, isList: Bool = false, isTop: Bool, at stage: Int, _ line: ModelLine) {
        added += 1
        items[id] = ModelItem(id, number: added, isList: isList, isTop: isTop, stage: stage, line: line)
    }

    mutating func finish(_ id: String, _ state: State, _ line: ModelLine) {
        change(id) { item in
            item.go(state)
            (item.line, item.outcome, item.isAlone) = (line, nil, false)
        }
    }

    /// Lists that hold an item need no word of its end any more.
    mutating func tellAll(of id: String) {
        for index in memberships.indices where memberships[index].item == id { memberships[index].isTold = true }
    }

    /// Work on an item begins anew, and lists that could not be told of its end are told again.
    mutating func restart(_ id: String, _ line: ModelLine, at stage: Int, outcome: State?) {
        items[id]?.restart(line, at: stage, outcome: outcome)
        untellRefused(id)
    }

    mutating func untellRefused(_ id: String) {
        for index in memberships.indices where memberships[index].item == id && memberships[index].isRefused {
            (memberships[index].isTold, memberships[index].isRefused) = (false, false)
        }
    }

    /// The place in a list that is to be told next of an item's end.
    func untold(_ id: String) -> Int? {
        memberships.indices.filter { memberships[$0].item == id && !memberships[$0].isTold }
            .min { place(memberships[$0]) < place(memberships[$1]) }
    }

    private func place(_ membership: ModelMembership) -> (Int, Int) {
        (items[membership.list]?.number ?? 0, membership.seq)
    }

    /// Whether a claim still is the item's.
    func holds(_ job: Job) -> Bool { items[job.id]?.claim == job.claim }
}

/// Where the model and the ledger, or what was promised, part.
struct Difference: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// - Throws: ``Difference`` unless the condition holds.
func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws(Difference) {
    guard condition else { throw Difference(what()) }
}
