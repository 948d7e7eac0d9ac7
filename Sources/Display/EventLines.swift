import Ledger
import Processes
import Server
import Wire

/// Where events go.
protocol EventSink: AnyObject {
    /// Takes an event, and gives it the next number.
    func put(_ type: String, _ event: JSONObject)
    /// Takes the event that a record has started.
    func begin(_ id: String, _ event: JSONObject)
    /// Takes a record's progress; nil when it is no longer under way.
    func put(progress: JSONObject?, of id: String)
    func put(statistics: JSONObject)
    /// Whether the reader is too slow for frequent updates.
    var isBehind: Bool { get }
}

extension EventFeed: EventSink {
    func begin(_ id: String, _ event: JSONObject) {
        put("started", event)
        put(progress: event, of: id)
    }

    var isBehind: Bool { false }
}

/// Writes events to stdout, one JSON object per line.
///
/// `progress` and `stats` carry the number of the event before them.
final class EventLines: EventSink {
    let outlet = Outlet()
    private var number = 0

    func put(_ type: String, _ event: JSONObject) {
        number += 1
        add(type, event)
    }

    func begin(_ id: String, _ event: JSONObject) { put("started", event) }

    func put(progress: JSONObject?, of id: String) {
        if let progress { add("progress", progress) }
    }

    func put(statistics: JSONObject) { add("stats", statistics) }

    var isBehind: Bool { outlet.isBehind }

    private func add(_ type: String, _ event: JSONObject) {
        outlet.add(line: EventFeed.text(type, number, event))
    }
}
