import Processes

/// When the driver claims records, and what with.
struct Claims {
    /// The lane whose turn it is at each stage.
    private(set) var lanes: [Int64]
    /// What the next batch claims with.
    private(set) var token: Int64
    /// Whether there may be something to claim or to wake that the last look did not find.
    var isDue = true
    /// When the last batch was begun, in monotonic nanoseconds.
    private(set) var madeAt: Int64 = 0
    private(set) var nextDue: Due?

    init(stages: Int, now: Int64) { (lanes, token) = (Array(repeating: -1, count: stages), now << 20) }

    /// A batch claims now, in monotonic nanoseconds.
    mutating func begin(now: Int64) {
        token += 1
        (isDue, madeAt) = (false, now)
    }

    /// What became of it in the ledger.
    mutating func end(_ outcome: Batch.Outcome) {
        (lanes, nextDue) = (outcome.lanes, outcome.nextDue.map(Due.init))
        if outcome.hasMoreToWake { isDue = true }
    }
}
