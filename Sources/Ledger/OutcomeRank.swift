import Wire

/// How far an item has come, as a line about it says or as the ledger has it: a line that says less changes nothing.
package enum OutcomeRank: Int, Comparable, Sendable {
    /// It is still to be done.
    case left
    /// It failed for the last time.
    case failed
    /// Only its booking is left, or nothing.
    case done

    /// What a shard's line says; a class that nobody knows leaves the item to be done.
    package init(of outcome: Wire.Record) {
        guard outcome.kind == "error" else {
            self = .done
            return
        }
        switch outcome["class"]?.string.flatMap(Failure.Class.init) {
        case .permanent, .crash, .transient, .stale: self = .failed
        case .config, .throttled, nil: self = .left
        }
    }

    package static func < (one: OutcomeRank, other: OutcomeRank) -> Bool { one.rawValue < other.rawValue }
}
