import Wire

@testable import Ledger

extension LedgerWalk {
    /// One move of a driver.
    func move(_ draw: inout Draw, in change: Change) throws {
        switch draw.number(1...100) {
        case ...8: try add(&draw, in: change)
        case ...42: try claim(&draw, in: change)
        case ...84: try answer(&draw, in: change)
        case ...87: try answerLate(&draw, in: change)
        case ...91: try release(&draw, in: change)
        case ...94: try merge(&draw, in: change)
        default:
            note("wake")
            _ = try change.wake()
            world.model.wake()
        }
    }

    private func add(_ draw: inout Draw, in change: Change) throws {
        guard let id = draw.one(of: LedgerWorld.all) else { return }
        let (isList, first, mark) = (LedgerWorld.playlists.contains(id), draw.chance(20), world.newMark())
        note("add \(id)\(first ? " first" : "")")
        let request = ModelLine(kind: "request", mark: mark).record(id: id)
        let addition = try change.add(request, isCollection: isList, first: first)
        let expected = world.model.add(id, isList: isList, first: first, mark: mark)
        try expect(addition == expected, "\(addition), not \(expected)")
    }

    private func claim(_ draw: inout Draw, in change: Change) throws {
        guard let stage = draw.one(of: Array(route.stops.indices)) else { return }
        // What closes at the end of a transaction may be claimed in the next.
        let idle = draw.number(0...2)
        try claim(stage, max(idle, draw.number(1...4)), idle: idle, in: change)
    }

    /// Claims items, and checks that they are those whose turn it is.
    ///
    /// - Throws: ``Difference``, or what the ledger refuses.
    func claim(_ stage: Int, _ records: Int, idle: Int, in change: Change) throws {
        world.token += 1
        var capacity = Capacity(records: records, idle: idle)
        let due = world.model.items.values.filter { $0.state == .ready && $0.stage == stage }
        let jobs = try change.claim(
            stage: stage, capacity: &capacity, lane: &world.lanes[stage], token: world.token)
        note("claim \(records) at \(stage): \(jobs.map(\.id).joined(separator: " "))")
        let (suspects, others) = (due.filter(\.isAlone), due.filter { !$0.isAlone })
        let tried = jobs.count(where: \.alone)
        try expect(tried == min(idle, suspects.count), "\(tried) suspects of \(suspects.count)")
        try expect(jobs.count - tried == min(records - tried, others.count), "\(jobs.count) of \(due.count)")
        try expect(Set(jobs.map(\.id)).count == jobs.count, "an item was claimed twice")
        for job in jobs { try take(job, stage) }
        let left = others.filter { world.model.items[$0.id]?.state == .ready }
        try expect(
            !left.contains(where: \.isFirst)
                || !jobs.contains { !$0.alone && world.model.items[$0.id]?.isFirst == false },
            "what is first did not go first")
        world.hand += jobs
    }

    private func take(_ job: Job, _ stage: Int) throws {
        guard let item = world.model.items[job.id], item.state == .ready, item.stage == stage else {
            throw Difference("\(job.id) was claimed, and is not due")
        }
        try expect(job.stage == stage && job.alone == item.isAlone, "\(job.id) has another stage, or company")
        try expect(job.record.map(ModelLine.init) == item.line, "\(job.id) came with another line")
        try expect(job.isTelling == (item.outcome != nil), "\(job.id) is told of, or is not")
        try expect(job.failures == (item.failedStage == stage ? item.failures : 0), "\(job.id) failed \(job.failures)")
        let isMeant = route.stops[stage].kinds?.contains(item.line.kind) ?? true
        // What no stage wants to know passes the one that is there, and so does the end of a list that was cancelled after it.
        let isUnwanted = route.next(after: 0, kind: item.line.kind) == nil || item.line.kind == "done"
        try expect(isMeant || isUnwanted, "\(job.id) is a \(item.line.kind), and not for \(stage)")
        world.model.change(job.id) { item in (item.state, item.claim) = (.running, job.claim) }
    }

    /// A replica of a driver that is dead answers, or one whose record was withdrawn and settled since.
    private func answerLate(_ draw: inout Draw, in change: Change) throws {
        guard let job = draw.one(of: world.dead) else { return }
        note("late answer for \(job.id)")
        var line = ModelLine(kind: "track")
        line.mark = world.newMark()
        let fate = try change.settle(job, .final(line.record(id: job.id))).fate
        try expect(fate == .void && !world.model.holds(job), "an answer of the past is \(fate)")
    }

    /// What was held is tried, one or all.
    private func release(_ draw: inout Draw, in change: Change) throws {
        let held = world.model.items.values.filter { $0.need != nil }.sorted { $0.number < $1.number }
        guard let chosen = draw.one(of: held), let need = chosen.need else { return }
        let rest = held.filter { $0.stage == chosen.stage && $0.need == need }
        note("release \(need) at \(chosen.stage)")
        switch draw.number(1...3) {
        case 1:
            try change.release(stage: chosen.stage, need: need)
            for item in rest { world.model.items[item.id]?.go(.ready) }
        case 2:
            try change.postpone(stage: chosen.stage, need: need, seconds: 7)
        default:
            // One alone is not excluded: which is picked is the ledger's own draw.
            let others = try rest.filter { $0.id != chosen.id }.map { try number(of: $0.id, in: change) }
            let picked = try change.probe(stage: chosen.stage, need: need, excluding: others)
            try expect(try picked == number(of: chosen.id, in: change), "another was picked")
            world.model.items[chosen.id]?.go(.ready)
        }
    }

    private func number(of id: String, in change: Change) throws -> Int64 { try change.item(knownAs: id) ?? -1 }

    private func merge(_ draw: inout Draw, in change: Change) throws {
        guard let id = draw.one(of: LedgerWorld.all) else { return }
        let stop = route.stops.count > 3 ? route.stops.count - 1 : 2
        let item = world.model.items[id]
        let kind = draw.one(of: ["track", "skip", "error"]) ?? "track"
        var line = ModelLine(kind: kind, parent: item?.line.parent, seq: item?.line.seq, mark: world.newMark())
        if kind != "track" { line.carried = [ModelLine(kind: "track", parent: line.parent, seq: line.seq)] }
        var record = line.record(id: id)
        if kind == "error" {
            record["class"] = .string(draw.one(of: ["permanent", "transient", "config", "throttled"]) ?? "")
        }
        let expected = world.model.merge(record, before: stop)
        let merged = try change.merge(record, before: stop)
        note("merge \(kind) of \(id): \(merged)")
        try expect(merged == expected, "\(merged), not \(expected)")
    }

    /// What a user, or a program of the user's, does from outside.
    func command(_ draw: inout Draw) throws {
        let state = draw.one(of: State.allCases) ?? .ready
        let id = draw.one(of: LedgerWorld.all) ?? ""
        let selection: Selection = draw.chance(75) ? .item(id) : draw.chance(70) ? .state(state) : .all
        switch draw.number(1...6) {
        case 1:
            try command("pause", selection) {
                try $0.pause(selection)
            } model: {
                $0.pause(selection)
            }
        case 2, 3:
            try command("resume", selection) {
                try $0.resume(selection)
            } model: {
                $0.resume(selection)
            }
        case 4:
            try command("retry", selection) {
                try $0.retry(selection)
            } model: {
                $0.retry(selection)
            }
        case 5 where draw.chance(60):
            try command("cancel", selection) {
                try $0.cancel(selection)
            } model: {
                $0.cancel(selection)
            }
        case 5:
            let first = draw.chance(50)
            try command("move", .item(id)) {
                try $0.move(id, first: first)
            } model: {
                $0.move(id, first: first)
            }
        default: try clear(selection)
        }
    }

    private func command(
        _ verb: String, _ selection: Selection, _ body: (Change) throws -> Int, model: (inout LedgerModel) -> Int
    ) throws {
        note("\(verb) \(selection)")
        try change { change in
            let count = try body(change)
            let expected = model(&world.model)
            try expect(count == expected, "\(verb) changed \(count), not \(expected)")
        }
    }

    /// - Throws: ``Difference``, or what the ledger refuses.
    func clear(_ selection: Selection) throws {
        note("clear \(selection)")
        let count = try ledger.clear(selection, route: route, now: world.model.now).count
        let expected = world.model.clear(selection)
        try expect(count == expected, "\(count) were forgotten, not \(expected)")
    }
}
