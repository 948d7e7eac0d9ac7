import Ledger
import Wire

/// What hosts and catalogs refuse: all that needs it at a stage is held back, but for one item at times that asks again.
///
/// A refusal may concern one item alone. So up to three others ask at once, and what is refused again after others
/// were let in fails permanently.
struct Holds {
    struct Key: Hashable {
        let stage: Int
        let need: String
    }

    /// One hold that is in force.
    struct Hold {
        var failure: Failure
        /// Nanoseconds until the next look, which is at `lookAt` by the monotonic clock.
        var delay = Holds.firstDelay
        var lookAt: Int64
        /// The item that asks now, and when it began.
        var probe: Int64?
        var probedAt: Int64 = 0
        /// Items that were refused.
        var refused: Set<Int64>
        /// How many others are still to ask at once.
        var opinions = 3
        /// Whether others were let in not long before: then, with nobody else to ask, the few refused themselves ask once
        /// more.
        let wasOpen: Bool
        var isLastWord = false
        /// When it began, or its last word.
        var since: Int64
        /// When it began, in monotonic nanoseconds: answers to what a stage began earlier say nothing about it.
        let refusedAt: Int64

        var isFresh: Bool { opinions > 0 }
        var isUndecided: Bool { isFresh || isLastWord }
    }

    private(set) var holds: [Key: Hold] = [:]
    /// What the ledger has still to be told.
    private(set) var changes: [Change] = []
    /// When the stage began what was let in last, and when items were refused, in monotonic nanoseconds.
    private var admissions: [Key: Int64] = [:]
    private var refusals: [Int64: Int64] = [:]

    enum Change: Equatable {
        case probe(Key, excluding: [Int64])
        case postpone(Key, seconds: Int64)
        case release(Key)
    }

    /// A message about a hold.
    enum News: Equatable { case holds(Key, Failure), goesOn(Key) }

    static let firstDelay: Int64 = 5_000_000_000
    private static let longestDelay: Int64 = 300_000_000_000
    /// How long to wait for a second opinion.
    private static let freshness: Int64 = 5_000_000_000
    private static let patience: Int64 = 60_000_000_000
    /// How many may be refused for reasons of their own at once.
    private static let few = 3

    var isEmpty: Bool { holds.isEmpty }

    /// Whether nothing was refused lately.
    var isIdle: Bool { holds.isEmpty && refusals.isEmpty }

    /// What is held back at a stage, by its need.
    func holds(at stage: Int) -> [(need: String, hold: Hold)] {
        holds.filter { $0.key.stage == stage }.map { ($0.key.need, $0.value) }.sorted { $0.need < $1.need }
    }

    /// Whether a second opinion is still to come at a stage.
    func isUndecided(at stage: Int, now: Int64) -> Bool {
        holds.contains { $0.key.stage == stage && $0.value.isUndecided && now - $0.value.since < Self.freshness }
    }

    /// When the ledger is next asked for an item to try with.
    var nextLook: Int64? {
        changes.isEmpty ? holds.values.filter { $0.probe == nil }.map(\.lookAt).min() : 0
    }

    /// Why a record that needs this is held back now; nil for the one that tries.
    mutating func refusal(of item: Int64, _ key: Key, now: Int64) -> Hold? {
        guard var hold = holds[key], hold.probe != item else { return nil }
        guard hold.probe == nil, now >= hold.lookAt, !hold.refused.contains(item) || !hold.isFresh else { return hold }
        (hold.probe, hold.probedAt) = (item, now)
        holds[key] = hold
        return nil
    }

    /// Notes that an item was refused; nil when that is final: others that began after its last refusal were let in,
    /// or it is one of the few that are refused.
    ///
    /// `refusedAt` is when the answer came, in monotonic nanoseconds; `wasOpen` tells whether others were let in lately.
    mutating func refused(
        _ item: Int64, _ key: Key, _ failure: Failure, now: Int64, refusedAt: Int64, wasOpen: Bool = false
    ) -> (hold: Hold, news: News?)? {
        if var hold = holds[key], hold.isLastWord, hold.refused.remove(item) != nil {
            refusals[item] = nil
            if hold.refused.isEmpty { changes.append(.release(key)) }
            (hold.probe, hold.lookAt, hold.since) = (nil, now, now)
            holds[key] = hold.refused.isEmpty ? nil : hold
            return nil
        }
        if let before = refusals[item], let admission = admissions[key], admission >= before {
            missed(item, key, now: now)
            return nil
        }
        refusals[item] = refusedAt
        guard var hold = holds[key] else {
            let hold = Hold(
                failure: failure, lookAt: now, refused: [item], wasOpen: wasOpen, since: now, refusedAt: refusedAt)
            holds[key] = hold
            return (hold, .holds(key, failure))
        }
        hold.failure = failure
        hold.refused.insert(item)
        // It was in hand when the others were asked for their last word.
        hold.isLastWord = hold.isLastWord && hold.refused.count <= Self.few
        if hold.isLastWord { hold.since = now }
        if hold.probe == item {
            if !hold.isUndecided { hold.delay = min(2 * hold.delay, Self.longestDelay) }
            hold.opinions = max(0, hold.opinions - 1)
            (hold.probe, hold.lookAt) = (nil, hold.isUndecided ? now : now + hold.delay)
            if !hold.isUndecided { changes.append(.postpone(key, seconds: hold.delay / 1_000_000_000)) }
        }
        holds[key] = hold
        return (hold, nil)
    }

    /// Notes that an item was let in that a stage began at `begunAt`, in monotonic nanoseconds: what began before a
    /// refusal says nothing about it.
    mutating func admitted(_ item: Int64, _ key: Key, begunAt: Int64) -> News? {
        refusals[item] = nil
        let hold = holds[key]
        let isLater = hold.map { begunAt >= $0.refusedAt || $0.probe == item } ?? true
        let newest = isLater ? max(begunAt, hold?.refusedAt ?? 0) : begunAt
        if !isIdle { admissions[key] = max(newest, admissions[key] ?? 0) }
        guard hold != nil, isLater else { return nil }
        holds[key] = nil
        changes.append(.release(key))
        return .goesOn(key)
    }

    /// The item ended in a way that says nothing about what it needs: another one tries, at once where it was only that
    /// item's own end, otherwise not sooner than after a refusal.
    mutating func missed(_ item: Int64, _ key: Key, now: Int64, isOwnEnd: Bool = true) {
        if isOwnEnd { refusals[item] = nil }
        guard var hold = holds[key], hold.probe == item else { return }
        (hold.probe, hold.lookAt) = (nil, isOwnEnd ? now : now + hold.delay)
        holds[key] = hold
    }

    /// An item that somebody withdrew no longer asks.
    mutating func withdrawn(_ item: Int64, now: Int64) {
        for key in holds.keys { missed(item, key, now: now) }
    }

    /// Asks for an item to try with, where it is time.
    mutating func look(now: Int64, isInHand: (Int64) -> Bool) {
        for (key, hold) in holds {
            if let probe = hold.probe {
                if now - hold.probedAt > Self.patience, !isInHand(probe) { missed(probe, key, now: now) }
            } else if now >= hold.lookAt, !changes.contains(where: { $0.key == key }) {
                changes.append(.probe(key, excluding: hold.isFresh ? hold.refused.sorted() : []))
            }
        }
    }

    /// The ledger has released an item to try with, or has none.
    mutating func looks(with item: Int64?, _ key: Key, now: Int64, isMoreToCome: Bool) {
        guard var hold = holds[key], hold.probe == nil else { return }
        if let item {
            (hold.probe, hold.probedAt) = (item, now)
        } else if hold.isFresh, isMoreToCome, now - hold.since < Self.freshness {
            hold.lookAt = now + 100_000_000
        } else if hold.isFresh, hold.wasOpen, hold.refused.count <= Self.few {
            (hold.opinions, hold.isLastWord, hold.lookAt, hold.since) = (0, true, now, now)
        } else {
            (hold.opinions, hold.isLastWord, hold.lookAt) = (0, false, now + hold.delay)
            changes.append(.postpone(key, seconds: hold.delay / 1_000_000_000))
        }
        holds[key] = hold
    }

    /// The ledger has been told that many changes.
    mutating func told(_ count: Int) { changes.removeFirst(count) }

    /// Ends all holds at a stage.
    mutating func release(stage: Int) {
        for key in holds.keys where key.stage == stage {
            holds[key] = nil
            changes.append(.release(key))
        }
    }
}

extension Holds.Change {
    var key: Holds.Key {
        switch self {
        case .probe(let key, _), .postpone(let key, _), .release(let key): key
        }
    }
}
