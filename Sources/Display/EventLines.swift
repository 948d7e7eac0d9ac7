import Ledger
import Processes
import Server
import Wire

/// Where events go.
protocol EventSink: AnyObject {
    /// Takes an event, which gets the next number.
    func put(_ type: String, _ event: JSONObject)
    /// Takes the event that a record is under way.
    func begin(_ id: String, _ event: JSONObject)
    /// Takes how far it is; nil when it is not under way any more.
    func put(progress: JSONObject?, of id: String)
    func put(statistics: JSONObject)
    /// Whether nobody keeps up with what changes all the time.
    var isBehind: Bool { get }
}

extension EventFeed: EventSink {
    func begin(_ id: String, _ event: JSONObject) {
        put("started", event)
        put(progress: event, of: id)
    }

    var isBehind: Bool { false }
}

/// Events on stdout, one JSON object a line.
///
/// What tells of progress carries the number of the event before it.
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
