import Ledger
import PipelineFiles
import Wire

/// What the driver hands to the ledger in one go: booked answers, new requests, and capacity for more.
struct Batch: Sendable {
    var answers: [(job: Job, answer: Answer)]
    /// For each stage what it can take now.
    var capacities: [Capacity]
    var lanes: [Int64]
    /// What all claims of this batch are made with.
    var token: Int64
    var requests: [ItemRequest]
    /// For each stage how many records may wait at the next one while it works; nil for no limit.
    var ahead: [Int?]
    /// What happens to items that are held.
    var holds: [Holds.Change] = []
    /// Whether items are forgotten when they have ended.
    var isOfShard = false
    /// Whether the lists that are followed are asked for.
    var isFollowing = false

    struct Outcome: Sendable {
        var jobs: [[Job]] = []
        var lanes: [Int64] = []
        /// When the next item is due, in milliseconds since 1970.
        var nextDue: Int64?
        var fates: [(job: Job, fate: Fate)] = []
        var additions: [(request: ItemRequest, addition: Change.Addition)] = []
        var swept: [Record] = []
        var freedArtwork: [String] = []
        var closed: [Record] = []
        /// The last line of each item that ended and was forgotten.
        var ended: [Record] = []
        var hasMoreToWake = false
        var isPaused = false
        var standing: [Standing] = []
        /// The ids of the followed lists that came into the queue.
        var asked: [String] = []
        /// What came of others.
        var followed: [FollowNews] = []
        /// Whether there is something that left a followed list, and has yet to go to the trash.
        var hasDepartures = false
        /// Which items try whether what they need can be had now.
        var probes: [(key: Holds.Key, item: Int64?)] = []
    }

    func run(in change: Change) throws -> Outcome {
        var outcome = Outcome(jobs: capacities.map { _ in [] }, lanes: lanes)
        outcome.hasMoreToWake = try change.wake()
        outcome.isPaused = try change.isPaused()
        if isFollowing { outcome.asked = try change.askFollowed() }
        var turn = Turn(self, standing: try change.standing(), isPaused: outcome.isPaused)
        for request in requests {
            outcome.additions.append(
                (request, try isOfShard ? change.admit(request) : change.add(request, isTold: false)))
        }
        for (job, answer) in answers {
            let settled = try change.settle(job, answer) { turn.handOver(to: $0) }
            turn.left(job.stage, settled.job == nil ? settled.fate : .returned)
            if let next = settled.job { outcome.jobs[next.stage].append(next) }
            outcome.fates.append((job, settled.fate))
        }
        try change.close()
        if isFollowing { try follow(in: change, &outcome) }
        for hold in holds { try run(hold, in: change, &outcome, &turn) }
        for stage in capacities.indices.reversed() {
            var capacity = turn.allowance(of: stage)
            guard capacity.records > 0, turn.hasReady(at: stage) else { continue }
            let jobs = try change.claim(stage: stage, capacity: &capacity, lane: &outcome.lanes[stage], token: token)
            turn.claimed(jobs.count, at: stage)
            outcome.jobs[stage] += jobs
        }
        let followed = try isFollowing ? change.nextFollowed() : nil
        // One whose list ended with this batch may have been due for long.
        if let followed, followed <= millisecondsSince1970() { outcome.hasMoreToWake = true }
        outcome.nextDue = try [change.nextDue(), followed].compactMap(\.self).min()
        // The turn's own counts miss new members only; when there seems to be nothing to do, the ledger is asked.
        let isIdle = outcome.jobs.allSatisfy(\.isEmpty)
        outcome.standing = isIdle ? try change.standing() : turn.standing
        if isOfShard { outcome.ended = try change.forgetEnded() }
        (outcome.swept, outcome.freedArtwork, outcome.closed) = (change.swept, change.freedArtwork, change.closed)
        return outcome
    }
}

extension Batch {
    private func follow(in change: Change, _ outcome: inout Outcome) throws {
        outcome.followed = try change.bookFollowed()
        outcome.hasDepartures = try change.hasDepartures()
    }

    private func run(_ hold: Holds.Change, in change: Change, _ outcome: inout Outcome, _ turn: inout Turn) throws {
        switch hold {
        case .postpone(let key, let seconds):
            try change.postpone(stage: key.stage, need: key.need, seconds: seconds)
        case .release(let key):
            try change.release(stage: key.stage, need: key.need)
            turn.released(at: key.stage)
        case .probe(let key, let others):
            let item = try change.probe(stage: key.stage, need: key.need, excluding: others)
            outcome.probes.append((key, item))
            if item != nil { turn.released(at: key.stage) }
        }
    }
}

/// The capacities of the stages and the items at them, while a batch changes both.
struct Turn {
    private var capacities: [Capacity]
    private(set) var standing: [Standing]
    private let ahead: [Int?]
    private let token: Int64
    /// Whether a list may have got a member, or lost its last one, in this batch.
    private let changesLists: Bool

    init(_ batch: Batch, standing: [Standing], isPaused: Bool) {
        capacities = isPaused ? batch.capacities.map { _ in Capacity() } : batch.capacities
        (self.standing, ahead, token) = (standing, batch.ahead, batch.token)
        changesLists =
            !batch.requests.isEmpty
            || batch.answers.contains { answer in
                switch answer.answer {
                case .member, .failed, .lost: true
                case .final(let record): record.kind == "done" || record.kind == "skip" || record.parent != nil
                case .returned, .held: false
                }
            }
    }

    /// What a stage may claim: no more than it has capacity for, and not too far ahead of the next one.
    func allowance(of stage: Int) -> Capacity {
        guard let limit = ahead[stage], stage + 1 < standing.count, standing[stage + 1].ready >= limit else {
            return capacities[stage]
        }
        return Capacity()
    }

    /// Whether items may be ready there; members that were added in this batch, and lists that ended, are not counted yet.
    func hasReady(at stage: Int) -> Bool { changesLists || standing[stage].ready > 0 }

    /// A claim for a record that goes straight on, when the next stage has capacity and nothing waits there.
    mutating func handOver(to stage: Int) -> Int64? {
        guard allowance(of: stage).records > standing[stage].ready else { return nil }
        capacities[stage].records -= 1
        capacities[stage].idle = 0
        standing[stage].running += 1
        return token
    }

    mutating func left(_ stage: Int, _ fate: Fate) {
        standing[stage].running -= 1
        if case .moved(let next) = fate { standing[next].ready += 1 }
    }

    /// At least one item that waited is ready; they are counted when all have had their turn.
    mutating func released(at stage: Int) { standing[stage].ready += 1 }

    mutating func claimed(_ count: Int, at stage: Int) {
        standing[stage].running += count
        standing[stage].ready -= count
    }
}
