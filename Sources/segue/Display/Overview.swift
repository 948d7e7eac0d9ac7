import Ledger
import Limiter
import Wire

/// What there is to see of a driver's work at a moment.
struct Overview {
    var ended = Tally()
    /// Items that are not at their end, by their state.
    var left: [State: Int] = [:]
    /// All items in the ledger, by their state.
    var all: [State: Int] = [:]
    /// Bytes that were moved in this run.
    var bytes = 0
    var stages: [Stage] = []
    /// Nil while it is too early to tell.
    var bytesPerSecond: Double?
    var secondsLeft: Double?
    var pauses: [Limiter.Pause] = []
    var isPaused = false
    var isStopping = false
    /// Whether nothing more is fetched until what failed later is tried again or cancelled.
    var isSpoolFull = false
    var busy: [Busy] = []

    /// What a stage is about.
    struct Stage {
        var name: String
        /// Records that wait for it, and those that it has.
        var ready = 0
        var running = 0
        /// How many replicas it may have.
        var replicas = 0
        /// Why it stands still.
        var trouble: Failure?
        /// What it keeps back, by what that needs.
        var holds: [(need: String, hold: Holds.Hold)] = []

        var json: JSON {
            var object = JSONObject()
            object["name"] = .string(name)
            object["ready"] = .integer(ready)
            object["running"] = .integer(running)
            object["replicas"] = .integer(replicas)
            object["trouble"] = trouble.map { .string($0.message) }
            if !holds.isEmpty { object["holds"] = .array(holds.map(Self.json)) }
            return object.value
        }

        private static func json(_ need: String, _ hold: Holds.Hold) -> JSON {
            var object = JSONObject()
            object["needs"] = .string(need)
            object["message"] = .string(hold.failure.message)
            return object.value
        }
    }

    /// What a replica is about.
    struct Busy {
        var stage: String
        /// Nil where only the server knows.
        var replica: Int?
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
