import Ledger
import Wire

/// What the driver hands to the ledger in one go: booked answers, new requests, and room for more.
struct Batch: Sendable {
    var answers: [(job: Job, answer: Answer)]
    /// For each stage what it can take now.
    var rooms: [Room]
    var lanes: [Int64]
    /// The first claim of this batch; each gets its own.
    var token: Int64
    var requests: [Request]
    /// For each stage how many records it may be ahead of the next one, or nil when that is no matter.
    var ahead: [Int?]

    struct Outcome: Sendable {
        var jobs: [[Job]] = []
        var lanes: [Int64] = []
        /// When the next item's time comes, in milliseconds since 1970.
        var nextDue: Int64?
        var fates: [(job: Job, fate: Fate)] = []
        var additions: [(request: Request, addition: Change.Addition)] = []
        var swept: [Record] = []
        var freedArtwork: [String] = []
        var hasMoreToWake = false
        var isPaused = false
        var standing: [Standing] = []
        var counts: [Count] = []
    }

    func run(in change: Change) throws -> Outcome {
        var outcome = Outcome(jobs: rooms.map { _ in [] }, lanes: lanes)
        outcome.hasMoreToWake = try change.wake()
        outcome.isPaused = try change.isPaused()
        var turn = Turn(self, standing: try change.standing(), isPaused: outcome.isPaused)
        for request in requests {
            let addition = try change.add(request.record, isCollection: request.isCollection, first: request.isFirst)
            outcome.additions.append((request, addition))
        }
        for (job, answer) in answers {
            let settled = try change.settle(job, answer) { turn.handOver(to: $0) }
            turn.left(job.stage, settled.job == nil ? settled.fate : .returned)
            if let next = settled.job { outcome.jobs[next.stage].append(next) }
            outcome.fates.append((job, settled.fate))
        }
        try change.close()
        for stage in rooms.indices.reversed() {
            var room = turn.allowance(of: stage)
            let jobs = try change.claim(stage: stage, room: &room, lane: &outcome.lanes[stage]) { turn.nextToken() }
            turn.claimed(jobs.count, at: stage)
            outcome.jobs[stage] += jobs
        }
        outcome.nextDue = try change.nextDue()
        outcome.standing = try change.standing()
        outcome.counts = try change.counts()
        (outcome.swept, outcome.freedArtwork) = (change.swept, change.freedArtwork)
        return outcome
    }
}

/// The rooms of the stages and what stands at them, while a batch changes both.
private struct Turn {
    private var rooms: [Room]
    private var standing: [Standing]
    private let ahead: [Int?]
    private var token: Int64

    init(_ batch: Batch, standing: [Standing], isPaused: Bool) {
        rooms = isPaused ? batch.rooms.map { _ in Room() } : batch.rooms
        (self.standing, ahead, token) = (standing, batch.ahead, batch.token)
    }

    mutating func nextToken() -> Int64 {
        token += 1
        return token
    }

    /// What a stage may claim: no more than it has room for, and not too far ahead of the next one.
    func allowance(of stage: Int) -> Room {
        var room = rooms[stage]
        guard let limit = ahead[stage], stage + 1 < standing.count else { return room }
        let next = standing[stage + 1]
        room.records = min(room.records, max(0, limit - next.ready - next.running - standing[stage].running))
        return room
    }

    /// A claim for a record that goes on at once, when the next stage has room and nothing waits there.
    mutating func handOver(to stage: Int) -> Int64? {
        guard standing[stage].ready == 0, allowance(of: stage).records > 0 else { return nil }
        rooms[stage].records -= 1
        rooms[stage].idle = 0
        standing[stage].running += 1
        return nextToken()
    }

    mutating func left(_ stage: Int, _ fate: Fate) {
        standing[stage].running -= 1
        if case .moved(let next) = fate { standing[next].ready += 1 }
    }

    mutating func claimed(_ count: Int, at stage: Int) {
        standing[stage].running += count
        standing[stage].ready -= count
    }
}
