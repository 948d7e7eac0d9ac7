import Synchronization
import Wire

/// What happens, from the thread where it does to those who look on.
///
/// Events are numbered one by one, and kept for whoever comes back with the last number that they saw. What changes all
/// the time, how far a record is and how many stand where, carries the number of the event before it, and of each only
/// the newest is told.
package final class EventFeed: Sendable {
    private let inbox: Mutex<Inbox>

    struct Inbox {
        var last: Int
        /// Texts of numbered events, the first of which has the number `last - events.count + 1`.
        var events: [[UInt8]] = []
        /// What is new of the records that are under way: nil for one that no longer is.
        var progress: [String: JSONObject?] = [:]
        var statistics: JSONObject?
        var latest: JSONObject?
        var watchers = 0
        /// Called with the first thing that comes.
        var wake: (@Sendable () -> Void)?
        var isAwake = false
    }

    /// `start` is greater than all numbers that an earlier feed gave.
    package init(start: Int) { inbox = Mutex(Inbox(last: start)) }

    /// Takes a numbered event.
    package func put(_ type: String, _ event: JSONObject) {
        change { inbox in
            inbox.last += 1
            inbox.events.append(Self.text(type, inbox.last, event))
        }
    }

    /// Takes how far a record is, until it is told that it is not under way any more.
    package func put(progress: JSONObject?, of id: String) { change { $0.progress[id] = .some(progress) } }

    package func put(statistics: JSONObject) {
        change { inbox in (inbox.statistics, inbox.latest) = (statistics, statistics) }
    }

    /// The newest that was told.
    package var statistics: JSONObject? { inbox.withLock(\.latest) }

    /// The number of the newest event.
    package var last: Int { inbox.withLock(\.last) }

    /// How many look on.
    package internal(set) var watchers: Int {
        get { inbox.withLock(\.watchers) }
        set { inbox.withLock { $0.watchers = newValue } }
    }

    /// Takes what has come, and lets the next thing wake.
    func take() -> Inbox {
        inbox.withLock { inbox in
            let taken = inbox
            (inbox.events, inbox.progress, inbox.statistics, inbox.isAwake) = ([], [:], nil, false)
            return taken
        }
    }

    /// Whom to tell that something came.
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

    package static func text(_ type: String, _ number: Int, _ event: JSONObject) -> [UInt8] {
        let members = event.value.text.dropFirst()
        let head = Array("{\"seq\":\(number),\"type\":\"\(type)\"".utf8)
        return members.first == UInt8(ascii: "}") ? head + members : head + [UInt8(ascii: ",")] + members
    }
}
