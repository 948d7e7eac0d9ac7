import Wire

@testable import Ledger

extension LedgerModel {
    mutating func add(_ id: String, isList: Bool, first: Bool, mark: Int) -> Change.Addition {
        let line = ModelLine(kind: "request", mark: mark)
        guard let item = items[id] else {
            put(id, isList: isList, isTop: true, at: 0, line)
            items[id]?.isFirst = first
            return .added
        }
        if item.state.isFinal {
            restart(id, line, at: 0, outcome: nil)
            items[id]?.isFirst = first
            return .again
        }
        if first { items[id]?.isFirst = true }
        return .known
    }

    /// The items that a command means: a list stands for its members too, except those that another list waits for.
    func covered(by selection: Selection) -> [ModelItem] {
        let all = items.values.sorted { $0.number < $1.number }
        switch selection {
        case .all: return all
        case .state(let state): return all.filter { $0.state == state }
        case .item(let id):
            let members = Set(memberships.filter { $0.list == id }.map(\.item))
            let others = Set(
                memberships.filter { $0.list != id && items[$0.list]?.state.isFinal == false }.map(\.item))
            return all.filter { $0.id == id || members.contains($0.id) && !others.contains($0.id) }
        }
    }

    mutating func pause(_ selection: Selection) -> Int {
        if selection == .all { isPaused = true }
        let found = covered(by: selection).filter {
            [.ready, .running, .waiting].contains($0.state) && $0.outcome == nil
        }
        for item in found { items[item.id]?.go(.paused) }
        return found.count
    }

    mutating func resume(_ selection: Selection) -> Int {
        if selection == .all { isPaused = false }
        let found = covered(by: selection).filter { $0.state == .paused }
        for item in found { items[item.id]?.go(.ready) }
        return found.count
    }

    /// What is cancelled is of no interest to lists, and a list that is cancelled waits for nobody.
    mutating func cancel(_ selection: Selection) -> Int {
        let found = covered(by: selection).filter { !$0.state.isFinal }
        for item in found {
            items[item.id]?.go(.cancelled)
            items[item.id]?.outcome = nil
            tellAll(of: item.id)
            for index in memberships.indices where memberships[index].list == item.id {
                (memberships[index].isTold, memberships[index].isRefused) = (true, false)
            }
        }
        return found.count
    }

    mutating func retry(_ selection: Selection) -> Int {
        // Those that the stages behind are yet to be told of have failed, too.
        let told: Selection? =
            switch selection {
            case .state(.failed): .all
            case .state: nil
            case .all, .item: selection
            }
        let untold = told.map(covered)?.filter { !$0.state.isFinal && $0.outcome == .failed && $0.letter != nil } ?? []
        let failed = covered(by: selection).filter { $0.state == .failed } + untold
        for item in failed {
            let (line, stage) = item.letter ?? (item.line, item.stage)
            // The end of a list waits for members that are told again.
            let isEnd = item.state == .failed && line.kind == "done" && item.letter != nil
            restart(item.id, line, at: isEnd ? stage - 1 : stage, outcome: nil)
            if isEnd { items[item.id]?.go(.open) }
        }
        let isNamed: Bool
        switch selection {
        case .item, .state(.cancelled): isNamed = true
        default: isNamed = false
        }
        let cancelled = isNamed ? covered(by: selection).filter { $0.state == .cancelled } : []
        for item in cancelled {
            items[item.id]?.go(.ready)
            change(item.id) { item in (item.failures, item.strikes) = (0, 0) }
            untellRefused(item.id)
        }
        return failed.count + cancelled.count
    }

    /// Forgets what has ended, a list only with its members; what failed only where it is meant.
    mutating func clear(_ selection: Selection) -> Int {
        let before = items.count
        for item in items.values.sorted(by: { $0.number < $1.number })
        where item.state.isFinal && isForgettable(item, selection)
            && !memberships.contains(where: { $0.item == item.id })
        {
            let members = Set(memberships.filter { $0.list == item.id }.map(\.item))
            if members.contains(where: { isKept(items[$0], selection) }) { continue }
            memberships.removeAll { $0.list == item.id }
            for id in members where !memberships.contains(where: { $0.item == id }) { items[id] = nil }
            items[item.id] = nil
        }
        return before - items.count
    }

    private func isForgettable(_ item: ModelItem, _ selection: Selection) -> Bool {
        switch selection {
        case .all: item.state != .failed
        case .state(let state): item.state == state
        case .item(let id): item.id == id
        }
    }

    private func isKept(_ member: ModelItem?, _ selection: Selection) -> Bool {
        if case .item = selection { return member?.state.isFinal == false }
        return member?.state.isFinal == false || member?.state == .failed
    }

    mutating func move(_ id: String, first: Bool) -> Int {
        guard let item = items[id], !item.state.isFinal, item.isFirst != first else { return 0 }
        items[id]?.isFirst = first
        return 1
    }
}
