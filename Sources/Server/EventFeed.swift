import Synchronization
import Wire

/// Takes events from the driver's thread to the subscribers.
///
/// Events are numbered one by one, and kept for clients that reconnect with the last number they saw. Progress and
/// statistics change all the time: they carry the number of the event before them, and only the newest of each is sent.
package final class EventFeed: Sendable {
    private let inbox: Mutex<Inbox>

    struct Inbox {
        /// The number of the newest event.
        var last: Int
        /// Numbered events as JSON, oldest first; the first one has the number `last - events.count + 1`.
        var events: [[UInt8]] = []
        /// New progress of records, by id; nil for a record that is no longer active.
        var progress: [String: JSONObject?] = [:]
        /// Statistics that were not taken yet.
        var statistics: JSONObject?
        /// The newest statistics, taken or not.
        var latest: JSONObject?
        /// How many subscribers are connected.
        var subscribers = 0
        /// Called when something arrives and nothing else waits to be taken.
        var wake: (@Sendable () -> Void)?
        var isAwake = false
    }

    /// `start` has to be greater than all numbers of earlier feeds.
    package init(start: Int) { inbox = Mutex(Inbox(last: start)) }

    /// Adds an event under the next number.
    package func put(_ type: String, _ event: JSONObject) {
        change { inbox in
            inbox.last += 1
            inbox.events.append(Self.text(type, inbox.last, event))
        }
    }

    /// Sets the progress of a record; nil when it is no longer active.
    package func put(progress: JSONObject?, of id: String) { change { $0.progress[id] = .some(progress) } }

    /// Replaces the statistics.
    package func put(statistics: JSONObject) {
        change { inbox in (inbox.statistics, inbox.latest) = (statistics, statistics) }
    }

    /// The newest statistics.
    package var statistics: JSONObject? { inbox.withLock(\.latest) }

    /// The number of the newest event.
    package var last: Int { inbox.withLock(\.last) }

    /// How many subscribers are connected.
    package internal(set) var subscribers: Int {
        get { inbox.withLock(\.subscribers) }
        set { inbox.withLock { $0.subscribers = newValue } }
    }

    /// Takes what has arrived; the next arrival calls `wake` again.
    func drain() -> Inbox {
        inbox.withLock { inbox in
            let taken = inbox
            (inbox.events, inbox.progress, inbox.statistics, inbox.isAwake) = ([], [:], nil, false)
            return taken
        }
    }

    /// Sets what is called when something arrives, on the thread of whatever brings it.
    func onArrival(_ wake: @escaping @Sendable () -> Void) { inbox.withLock { $0.wake = wake } }

    private func change(_ body: (inout Inbox) -> Void) {
        let wake = inbox.withLock { inbox in
            body(&inbox)
            guard !inbox.isAwake, let wake = inbox.wake else { return nil as (@Sendable () -> Void)? }
            inbox.isAwake = true
            return wake
        }
        wake?()
    }

    /// An event as one JSON object, its number and type first.
    package static func text(_ type: String, _ number: Int, _ event: JSONObject) -> [UInt8] {
        let members = event.value.text.dropFirst()
        let head = Array("{\"seq\":\(number),\"type\":\"\(type)\"".utf8)
        return members.first == UInt8(ascii: "}") ? head + members : head + [UInt8(ascii: ",")] + members
    }
}
