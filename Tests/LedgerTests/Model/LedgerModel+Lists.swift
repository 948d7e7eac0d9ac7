import Wire

@testable import Ledger

extension LedgerModel {
    /// A list that is being expanded names a member.
    mutating func join(_ told: ModelLine, _ id: String, _ job: Job) {
        guard let seq = told.seq, let list = items[job.id] else { return }
        let known = items[id]
        if known == nil {
            let start = start(of: told, after: job.stage)
            put(id, isTop: false, at: start.stage, start.line)
            change(id) { item in (item.outcome, item.isFirst) = (start.outcome, list.isFirst) }
        }
        if list.isFirst { items[id]?.isFirst = true }
        let index = memberships.firstIndex { $0.list == job.id && $0.seq == seq }
        let isSame = index.map { memberships[$0].item == id } ?? false
        let isKnown = isSame && index.map { !memberships[$0].isRefused } ?? false
        if !isSame {
            if let index { memberships.remove(at: index) }
            memberships.append(ModelMembership(list: job.id, seq: seq, item: id))
        }
        if let known, known.state.isFinal { wake(known, told, job, isTold: isKnown) }
    }

    private func start(of told: ModelLine, after stage: Int) -> (line: ModelLine, stage: Int, outcome: State?) {
        if told.kind == "error", let request = told.carried.first { return (request, stage, nil) }
        let outcome: State? = ["skip": .skipped, "error": .failed][told.kind]
        return (told, route.next(after: stage, kind: told.kind) ?? stage, outcome)
    }

    /// A list names an item that has ended: what is there is only told, what is not begins anew, and a user's word stands.
    private mutating func wake(_ item: ModelItem, _ told: ModelLine, _ job: Job, isTold: Bool) {
        if item.state == .cancelled { return tellAll(of: item.id) }
        // One list could not be told that it is there.
        let isThere = item.state == .failed && item.line.carried.first?.kind == "skip"
        if item.state != .failed || isThere, !gone.contains(item.id) {
            guard !isTold, let parent = told.parent, let seq = told.seq else { return }
            let state = isThere ? .skipped : item.state
            let known = isThere ? item.line.carried.first ?? item.line : item.line
            let line = (known.carried.first ?? known).announcing(state, parent: parent, seq: seq)
            guard let stage = route.next(after: 0, kind: line.kind) else { return tellAll(of: item.id) }
            restart(item.id, line, at: stage, outcome: state)
        } else {
            let start = start(of: told, after: job.stage)
            for index in memberships.indices
            where memberships[index].list == job.id && memberships[index].seq == told.seq {
                (memberships[index].isTold, memberships[index].isRefused) = (false, false)
            }
            restart(item.id, start.line, at: start.stage, outcome: start.outcome)
        }
    }

    /// What a shard made of an item, as if the stages before `stop` had answered.
    mutating func merge(_ record: Record, before stop: Int) -> Change.Merged {
        let line = ModelLine(record)
        let isError = line.kind == "error"
        let isFinal = !isError || ["permanent", "crash", "transient", "stale"].contains(record["class"]?.string ?? "")
        guard let item = items[record.id] else { return .unknown }
        if item.state == .cancelled { return .cancelled }
        let hasFailed = (item.outcome ?? item.state) == .failed
        let isDone = [.done, .skipped].contains(item.outcome ?? item.state) || !hasFailed && item.stage >= stop
        guard isFinal else { return item.isList || hasFailed || isDone ? .known : .left }
        if item.isList || isDone || hasFailed && isError { return .known }
        change(item.id) { item in
            item.go(.running)
            item.isAlone = false
            if isError {
                (item.outcome, item.letter) = (.failed, (item.line, item.stage))
            } else {
                (item.outcome, item.letter, item.failures, item.failedStage, item.strikes) = (nil, nil, 0, nil, 0)
            }
        }
        if !isError { untellRefused(item.id) }
        let outcome: State? = isError ? .failed : line.kind == "skip" ? .skipped : nil
        guard let stage = route.next(after: stop - 1, kind: line.kind) else {
            _ = end(item.id, line, outcome ?? .done)
            return .booked
        }
        change(item.id) { item in
            item.go(.ready, at: stage)
            (item.line, item.outcome, item.strikes) = (line, item.outcome ?? outcome, 0)
            if item.failedStage == stop - 1 { item.failures = 0 }
        }
        return .booked
    }
}
