import DriverKit
import Ledger
import Limiter
import Wire

/// What a driver shows of its work at a moment.
package struct Overview {
    package var ended = Tally()
    /// Items that have not ended, by state.
    package var left: [State: Int] = [:]
    /// All items in the ledger, by state.
    package var all: [State: Int] = [:]
    /// Bytes moved in this run.
    package var bytes = 0
    /// The stages, in order.
    package var stages: [Glance.Stage] = []
    /// Nil while it is too early to tell.
    package var bytesPerSecond: Double?
    package var secondsLeft: Double?
    /// Pauses that hosts asked for.
    package var pauses: [Limiter.Pause] = []
    package var isPaused = false
    package var isStopping = false
    /// Whether fetching has stopped until items that failed further on are retried or cancelled.
    package var isSpoolFull = false
    /// The replicas that are working.
    package var busy: [Busy] = []

    package init(
        ended: Tally = Tally(), left: [State: Int] = [:], bytesPerSecond: Double? = nil, secondsLeft: Double? = nil,
        busy: [Busy] = []
    ) {
        (self.ended, self.left, self.busy) = (ended, left, busy)
        (self.bytesPerSecond, self.secondsLeft) = (bytesPerSecond, secondsLeft)
    }

    /// What a replica is working on.
    package struct Busy {
        package var stage: String
        /// Nil if only the server knows.
        package var replica: Int?
        package var title: String
        /// How many other records it has in hand.
        package var others = 0
        /// Bytes reported for this record; nil if none were.
        package var bytes: Int?
        /// Bytes in all, if known.
        package var total: Int?

        package init(
            stage: String, replica: Int? = nil, title: String, others: Int = 0, bytes: Int? = nil, total: Int? = nil
        ) {
            (self.stage, self.replica, self.title) = (stage, replica, title)
            (self.others, self.bytes, self.total) = (others, bytes, total)
        }
    }

    /// Items that have not ended, except collections that wait for their members.
    package var open: Int { [.ready, .running, .waiting, .paused].reduce(0) { $0 + left[$1, default: 0] } }
    /// Items that ended in this run or are still to do.
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
