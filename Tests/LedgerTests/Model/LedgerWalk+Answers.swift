import Wire

@testable import Ledger

extension LedgerWalk {
    /// A replica answers for a record that it has, rightly or not.
    func answer(_ draw: inout Draw, in change: Change) throws {
        guard let job = draw.one(of: world.hand) else { return }
        let isHandedOn = draw.chance(30)
        switch draw.number(1...100) {
        case ...60:
            if try expand(job, upTo: draw.number(0...2), &draw, in: change) { return }
            try settle(job, .final(good(job, &draw)), isHandedOn, in: change)
        case ...65: try settle(job, .lost("signal 11"), in: change)
        case ...68: try settle(job, .returned, in: change)
        case ...73:
            let need = draw.one(of: ["a", "b"]) ?? "a"
            let refusal = Failure.config("http_401", "refused", host: need)
            try settle(job, .held(refusal, need: need, until: world.model.now + 5000), in: change)
        default: try settle(job, .failed(failure(&draw)), in: change)
        }
    }

    private func failure(_ draw: inout Draw) -> Failure {
        let failureClass = draw.one(of: Failure.Class.allCases) ?? .transient
        return Failure(failureClass, "why", "why", host: "a", retryAfter: draw.one(of: [nil, 30, 3600]) ?? nil)
    }

    /// Everything goes well.
    ///
    /// - Throws: ``Difference``, or what the ledger refuses.
    func answerWell(_ job: Job, in change: Change) throws {
        var draw = Draw(seed: 0)
        while world.hand.contains(where: { $0.claim == job.claim && $0.item == job.item }) {
            if try expand(job, upTo: 9, &draw, in: change) { continue }
            try settle(job, .final(good(job, nil)), in: change)
        }
    }

    private func good(_ job: Job, _ draw: inout Draw) -> Record {
        good(job, draw.chance(10) ? draw.number(1...2) : nil)
    }

    /// The record as its stage leaves it; `odd` makes a skip of it, or leaves its media as it is.
    private func good(_ job: Job, _ odd: Int?) -> Record {
        guard var line = job.record.map(ModelLine.init), ["request", "track"].contains(line.kind) else {
            return job.record ?? Record(kind: "skip", id: job.id)
        }
        line.mark = world.newMark()
        let stop = route.stops[job.stage]
        if job.stage > 0 { line.kind = "track" }
        if stop.writesMedia, odd != 2 { line.media = line.mark }
        if stop.name == "fetch" { line.file = line.mark }
        guard odd == 1, job.stage > 0, stop.name != "record" else { return line.record(id: job.id) }
        var skip = ModelLine(kind: "skip", parent: line.parent, seq: line.seq, mark: line.mark)
        skip.carried = [line]
        return skip.record(id: job.id)
    }

    /// Names some members of a list, and then its end; false for anything but a request for a list.
    private func expand(_ job: Job, upTo count: Int, _ draw: inout Draw, in change: Change) throws -> Bool {
        guard LedgerWorld.playlists.contains(job.id), job.record?.kind == "request" else { return false }
        let members = world.lists[job.id] ?? []
        for _ in 0..<count {
            let place = world.named[job.id] ?? 0
            guard place < members.count else { return try end(job, members.count, in: change) }
            try settle(job, .member(child(members[place], place + 1, of: job, &draw)), in: change)
            world.named[job.id] = place + 1
        }
        return true
    }

    private func end(_ job: Job, _ count: Int, in change: Change) throws -> Bool {
        var done = ModelLine(kind: "done", mark: world.newMark())
        done.count = count
        try settle(job, .final(done.record(id: job.id)), in: change)
        return true
    }

    private func child(_ id: String, _ seq: Int, of job: Job, _ draw: inout Draw) -> Record {
        var line = ModelLine(kind: "request", parent: job.id, seq: seq, mark: world.newMark())
        guard draw.chance(20) else { return line.record(id: id) }
        let inner = line
        line.kind = draw.one(of: ["track", "skip", "error"]) ?? "track"
        if line.kind != "track" { line.carried = [inner] }
        return line.record(id: id)
    }

    private func settle(_ job: Job, _ answer: Answer, _ isHandedOn: Bool = false, in change: Change) throws {
        world.token += 1
        let token = isHandedOn ? world.token : nil
        let (fate, next) = try change.settle(job, answer) { _ in token }
        note("\(job.id) at \(job.stage) \(Self.word(answer)): \(fate)")
        let expected = try world.model.settle(job, answer, next: token, fate)
        try expect(fate == expected, "\(job.id) \(fate), not \(expected)")
        if case .member = answer { return }
        world.hand.removeAll { $0.item == job.item && $0.claim == job.claim }
        world.named[job.id] = nil
        world.dead = Array((world.dead + [job]).suffix(20))
        guard let next else { return }
        try expect(
            world.model.holds(next) && next.record.map(ModelLine.init) == world.model.items[job.id]?.line, "handed on")
        world.hand.append(next)
    }

    private static func word(_ answer: Answer) -> String {
        switch answer {
        case .final(let record): "final \(record.kind)"
        case .member(let record): "names \(record.kind) \(record.id) at \(record.seq ?? 0)"
        case .failed(let failure): "failed \(failure.class)"
        case .held(_, let need, _): "held for \(need)"
        case .lost: "lost"
        case .returned: "returned"
        }
    }
}
