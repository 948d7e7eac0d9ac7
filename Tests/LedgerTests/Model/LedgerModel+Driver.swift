import Wire

@testable import Ledger

extension LedgerModel {
    /// What an answer makes of an item in hand, and how the driver is told; `fate` is what the ledger said, of which only a
    /// time is taken that the ledger chose within its bounds.
    mutating func settle(_ job: Job, _ answer: Answer, next token: Int64?, _ fate: Fate) throws -> Fate {
        if case .member(let record) = answer {
            if holds(job) { join(ModelLine(record), record.id, job) }
            return .joined(record.id)
        }
        guard holds(job) else { return .void }
        switch answer {
        case .final(let record): return pass(job, ModelLine(record), token)
        case .failed(let failure): return try fail(job, failure, fate)
        case .held(_, let need, let until):
            wait(job.id, until)
            items[job.id]?.need = need
            return .waits(until: until)
        case .lost: return lose(job)
        case .returned, .member:
            items[job.id]?.go(.ready)
            return .returned
        }
    }

    private mutating func pass(_ job: Job, _ line: ModelLine, _ token: Int64?) -> Fate {
        if line.kind == "done", items[job.id]?.outcome == nil { return open(job, line) }
        let outcome: State? = ["skip": .skipped, "error": .failed][line.kind]
        guard let stage = route.next(after: job.stage, kind: line.kind) else {
            return end(job.id, line, outcome ?? .done)
        }
        let isHandedOn = token != nil && outcome == nil
        writesMedia(job, line)
        change(job.id) { item in
            item.go(isHandedOn ? .running : .ready, at: stage)
            item.claim = isHandedOn ? token : nil
            item.outcome = item.outcome ?? outcome
            if item.failedStage == job.stage { item.failures = 0 }
            (item.line, item.strikes, item.isAlone) = (line, 0, false)
        }
        return .moved(stage)
    }

    private mutating func writesMedia(_ job: Job, _ line: ModelLine) {
        guard route.stops[job.stage].writesMedia, line.media != nil, line.media != items[job.id]?.line.media else {
            return
        }
        items[job.id]?.mediaStage = job.stage
    }

    /// A list was read to its end: it has the members that it named, and no others.
    private mutating func open(_ job: Job, _ line: ModelLine) -> Fate {
        change(job.id) { item in
            item.go(.open)
            (item.line, item.isAlone, item.strikes, item.failures) = (line, false, 0, 0)
        }
        if let last = line.count { memberships.removeAll { $0.list == job.id && $0.seq > last } }
        return .open
    }

    /// The last stage has answered: the item ends, unless one more list has to be told.
    mutating func end(_ id: String, _ line: ModelLine, _ outcome: State, isRefused: Bool = false) -> Fate {
        if let parent = line.parent, let seq = line.seq {
            for index in memberships.indices
            where memberships[index].list == parent && memberships[index].seq == seq && memberships[index].item == id {
                if !memberships[index].isTold { memberships[index].isRefused = isRefused }
                memberships[index].isTold = true
            }
        }
        let final = items[id]?.outcome ?? outcome
        while let index = untold(id) {
            let other = line.announcing(final, parent: memberships[index].list, seq: memberships[index].seq)
            guard let stage = route.next(after: 0, kind: other.kind) else {
                memberships[index].isTold = true
                continue
            }
            change(id) { item in
                item.go(.ready, at: stage)
                (item.outcome, item.line, item.isAlone, item.strikes) = (final, other, false, 0)
            }
            return .moved(stage)
        }
        finish(id, final, final == .failed ? line : line.kept)
        return .ended(final)
    }

    private mutating func fail(_ job: Job, _ failure: Failure, _ fate: Fate) throws -> Fate {
        switch failure.class {
        case .throttled:
            let asked = Int64(failure.retryAfter ?? 30) * 1000
            guard case .waits(let until) = fate else { throw Difference("a pause is waited for, not \(fate)") }
            try expect((now + asked...now + asked + 1000).contains(until), "\(asked) ms became \(until - now)")
            wait(job.id, until)
            return fate
        case .config:
            items[job.id]?.go(.ready)
            return .returned
        case .permanent, .crash: return giveUp(job, failure)
        case .transient, .stale: return retry(job, failure)
        }
    }

    private mutating func retry(_ job: Job, _ failure: Failure) -> Fate {
        change(job.id) { item in
            (item.failures, item.failedStage) = (item.failedStage == job.stage ? item.failures + 1 : 1, job.stage)
        }
        guard let item = items[job.id] else { return .void }
        let until = now + Int64(failure.retryAfter ?? 0) * 1000
        let attempts = route.stops[job.stage].backoff.attempts
        guard failure.class == .stale, var line = item.line.renewable, let stage = renewal(of: item, at: job.stage)
        else {
            if item.failures >= attempts { return giveUp(job, failure) }
            wait(job.id, until)
            return .waits(until: until)
        }
        // What expired before there was a file is asked for ten times as often.
        let isAddress = line.file == nil
        if item.failures >= attempts * (isAddress ? 10 : 1) { return giveUp(job, failure) }
        (line.media, line.file) = (nil, nil)
        change(job.id) { item in (item.line, item.outcome, item.stage) = (line, nil, stage) }
        if isAddress, item.failures < attempts {
            items[job.id]?.go(.ready)
            return .moved(stage)
        }
        let isAlone = item.isAlone
        wait(job.id, until)
        items[job.id]?.isAlone = isAlone
        return .waits(until: until)
    }

    private func renewal(of item: ModelItem, at stage: Int) -> Int? {
        if let writer = item.mediaStage, writer < stage, route.stops[writer].writesMedia { return writer }
        return route.stops.indices.last { $0 < stage && route.stops[$0].writesMedia }
    }

    private mutating func wait(_ id: String, _ until: Int64) {
        let pause = now..<max(now, until)
        change(id) { item in
            item.go(.waiting)
            (item.pause, item.isAlone) = (pause, false)
        }
    }

    /// A dead letter: the stages behind are told, and what it was is kept for a retry.
    private mutating func giveUp(_ job: Job, _ failure: Failure) -> Fate {
        guard let item = items[job.id] else { return .void }
        var letter = ModelLine(kind: "error", parent: item.line.parent, seq: item.line.seq)
        letter.carried = [item.line]
        if item.outcome != .failed { items[job.id]?.letter = (item.line, item.stage) }
        items[job.id]?.outcome = .failed
        let isTelling = item.outcome == .failed || item.line.kind == "done"
        guard !isTelling, let stage = route.next(after: job.stage, kind: "error") else {
            return end(job.id, isTelling ? item.line : letter, .failed, isRefused: true)
        }
        change(job.id) { item in
            item.go(.ready, at: stage)
            (item.line, item.isAlone, item.strikes) = (letter, false, 0)
        }
        return .moved(stage)
    }

    private mutating func lose(_ job: Job) -> Fate {
        change(job.id) { item in
            item.strikes += item.isAlone ? 1 : 0
            item.isAlone = true
        }
        if let item = items[job.id], item.strikes >= 3 {
            return giveUp(job, Failure(.crash, "crash", "it died"))
        }
        items[job.id]?.go(.ready)
        return .returned
    }

    mutating func change(_ id: String, _ body: (inout ModelItem) -> Void) {
        if var item = items[id] {
            body(&item)
            items[id] = item
        }
    }

    /// The time has come for what waits for a time, and a clock that was set back keeps nobody waiting.
    mutating func wake() {
        for item in items.values where item.state == .waiting && item.need == nil {
            guard let pause = item.pause, pause.upperBound <= now || pause.lowerBound > now + 1000 else { continue }
            items[item.id]?.go(.ready)
        }
    }

    /// A new driver: what the last one had in hand is due again, and what was held is tried.
    mutating func recover() {
        for item in items.values where item.claim != nil || item.need != nil { items[item.id]?.go(.ready) }
    }
}
