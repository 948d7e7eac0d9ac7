import Ledger
import Limiter

/// What there is to see of a driver's work at a moment.
struct Overview {
    var ended = Tally()
    /// Items that are not at their end, by their state.
    var left: [State: Int] = [:]
    /// Nil while it is too early to tell.
    var bytesPerSecond: Double?
    var secondsLeft: Double?
    var pauses: [Limiter.Pause] = []
    var isPaused = false
    var isStopping = false
    var busy: [Busy] = []

    /// What a replica is about.
    struct Busy {
        var stage: String
        var replica: Int
        var title: String
        /// Other records that it has in hand.
        var others = 0
        /// What was told of this one; nil when nothing was.
        var bytes: Int?
        var total: Int?
    }

    var open: Int { [.ready, .running, .waiting, .paused].reduce(0) { $0 + left[$1, default: 0] } }
    var total: Int { ended.sum + open }
}
