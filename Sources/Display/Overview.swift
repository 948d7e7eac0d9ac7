import DriverKit
import Ledger
import Limiter
import Wire

/// What there is to see of a driver's work at a moment.
package struct Overview {
    package var ended = Tally()
    /// Items that are not at their end, by their state.
    package var left: [State: Int] = [:]
    /// All items in the ledger, by their state.
    package var all: [State: Int] = [:]
    /// Bytes that were moved in this run.
    package var bytes = 0
    /// The stages, in their order.
    package var stages: [Glance.Stage] = []
    /// Nil while it is too early to tell.
    package var bytesPerSecond: Double?
    package var secondsLeft: Double?
    /// Pauses that hosts asked for.
    package var pauses: [Limiter.Pause] = []
    package var isPaused = false
    package var isStopping = false
    /// Whether nothing more is fetched until what failed later is tried again or cancelled.
    package var isSpoolFull = false
    /// The replicas that are at work.
    package var busy: [Busy] = []

    package init(
        ended: Tally = Tally(), left: [State: Int] = [:], bytesPerSecond: Double? = nil, secondsLeft: Double? = nil,
        busy: [Busy] = []
    ) {
        (self.ended, self.left, self.busy) = (ended, left, busy)
        (self.bytesPerSecond, self.secondsLeft) = (bytesPerSecond, secondsLeft)
    }

    /// What a replica is about.
    package struct Busy {
        package var stage: String
        /// Nil where only the server knows.
        package var replica: Int?
        package var title: String
        /// Other records that it has in hand.
        package var others = 0
        /// What was told of this one; nil when nothing was.
        package var bytes: Int?
        /// Bytes in all, if that is known.
        package var total: Int?

        package init(
            stage: String, replica: Int? = nil, title: String, others: Int = 0, bytes: Int? = nil, total: Int? = nil
        ) {
            (self.stage, self.replica, self.title) = (stage, replica, title)
            (self.others, self.bytes, self.total) = (others, bytes, total)
        }
    }

    /// Items that are not at their end.
    package var open: Int { [.ready, .running, .waiting, .paused].reduce(0) { $0 + left[$1, default: 0] } }
    /// Items that this run is about, in whatever state.
    package var total: Int { ended.sum + open }
}

extension Glance.Stage {
    package var json: JSON {
        var object = JSONObject()
        object["name"] = .string(name)
        object["ready"] = .integer(ready)
        object["running"] = .integer(running)
        object["replicas"] = .integer(replicas)
        object["trouble"] = trouble.map { .string($0.message) }
        if !holds.isEmpty { object["holds"] = .array(holds.map(Self.json)) }
        return object.value
    }

    private static func json(_ need: String, _ failure: Failure) -> JSON {
        var object = JSONObject()
        object["needs"] = .string(need)
        object["message"] = .string(failure.message)
        return object.value
    }
}

extension Limiter.Pause {
    package var json: JSON {
        var object = JSONObject()
        object["host"] = .string(host)
        object["until"] = .string(timeText(milliseconds: Int64(until * 1000)))
        return object.value
    }
}
