import NIOCore
import Wire

/// The subscribers and the events that they get; all on one event loop.
///
/// Each subscriber has a position in the history and reads on from there as fast as it can, so that a slow one costs no
/// memory and delays no other. Progress goes only to those that have caught up.
final class Broadcaster {
    private let feed: EventFeed
    private let loop: any EventLoop
    private let frames = Frames()
    private var history: History
    private var subscribers: [ObjectIdentifier: Subscriber] = [:] {
        didSet { feed.subscribers = subscribers.count }
    }
    /// The latest progress of each active record, by its id.
    private var progress: [String: JSONObject] = [:]
    /// The ids of records with progress that was not sent yet.
    private var news: Set<String> = []
    private var statistics: JSONObject?
    private var hasNewStatistics = false
    private var toldAt = NIODeadline.uptimeNanoseconds(0)
    private var isScheduled = false

    private static let historyBytes = 48 << 20
    /// How long events are collected before they are sent.
    private static let turn = TimeAmount.milliseconds(100)
    /// How often progress is sent at most.
    private static let beat = TimeAmount.milliseconds(250)

    init(_ feed: EventFeed, _ loop: any EventLoop) {
        (self.feed, self.loop) = (feed, loop)
        history = History(last: feed.drain().last, limit: Self.historyBytes)
    }

    /// Schedules what has arrived to be sent soon.
    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().scheduleTask(in: Self.turn) { self.turn() }
    }

    private func turn() {
        isScheduled = false
        takeNews()
        for subscriber in subscribers.values { subscriber.pump(history) }
        let now = NIODeadline.now()
        if now - toldAt >= Self.beat {
            toldAt = now
            tellProgress()
        }
        if !news.isEmpty || hasNewStatistics { schedule() }
    }

    private func takeNews() {
        let inbox = feed.drain()
        history.append(inbox.events, frames)
        for (id, change) in inbox.progress {
            progress[id] = change
            if change == nil { news.remove(id) } else { news.insert(id) }
        }
        if let new = inbox.statistics { (statistics, hasNewStatistics) = (new, true) }
    }

    private func tellProgress() {
        guard !news.isEmpty || hasNewStatistics else { return }
        defer { (news, hasNewStatistics) = ([], false) }
        guard !subscribers.isEmpty else { return }
        var buffer = ByteBuffer()
        for id in news {
            guard let event = progress[id] else { continue }
            frames.append(EventFeed.text("progress", history.last, event), to: &buffer)
        }
        if hasNewStatistics, let statistics {
            frames.append(EventFeed.text("stats", history.last, statistics), to: &buffer)
        }
        for subscriber in subscribers.values { subscriber.tell(buffer, history) }
    }

    /// Adds a subscriber that has seen the events up to the number `since`; nil if it has seen none.
    func add(_ subscriber: Subscriber, since: Int?) {
        takeNews()
        subscribers[ObjectIdentifier(subscriber)] = subscriber
        subscriber.next = since.map { $0 + 1 } ?? 0
        subscriber.pump(history)
        if !news.isEmpty || hasNewStatistics { schedule() }
    }

    func remove(_ subscriber: Subscriber) { subscribers[ObjectIdentifier(subscriber)] = nil }

    func pump(_ subscriber: Subscriber) { subscriber.pump(history) }

    func closeAll() { for subscriber in subscribers.values { subscriber.leave() } }

    /// A `snapshot` event with the present state, for a subscriber that missed earlier events.
    func snapshot() -> ByteBuffer {
        var event = JSONObject()
        event["stats"] = statistics?.value ?? JSONObject().value
        event["active"] = .array(progress.values.map(\.value))
        var buffer = ByteBuffer()
        frames.append(EventFeed.text("snapshot", history.last, event), to: &buffer)
        return buffer
    }
}
