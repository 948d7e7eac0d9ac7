import NIOCore
import Wire

/// Those who look on, and what they are told; all on one event loop.
///
/// Each watcher has a place in the history and takes what is behind it as fast as it can: nobody's slowness costs memory
/// or keeps others waiting. Progress goes to those alone who are not behind.
final class Audience {
    private let feed: EventFeed
    private let loop: any EventLoop
    private let frames = Frames()
    private var history: History
    private var watchers: [ObjectIdentifier: Watcher] = [:] {
        didSet { feed.watchers = watchers.count }
    }
    /// The records that are under way, and those of which something is new.
    private var progress: [String: JSONObject] = [:]
    private var news: Set<String> = []
    private var statistics: JSONObject?
    private var hasNewStatistics = false
    private var toldAt = NIODeadline.uptimeNanoseconds(0)
    private var isScheduled = false

    private static let historyBytes = 48 << 20
    /// Events are put together for so long, and progress is told so often.
    private static let turn = TimeAmount.milliseconds(100)
    private static let beat = TimeAmount.milliseconds(250)

    init(_ feed: EventFeed, _ loop: any EventLoop) {
        (self.feed, self.loop) = (feed, loop)
        history = History(last: feed.take().last, limit: Self.historyBytes)
    }

    /// Lets something that came be told soon.
    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().scheduleTask(in: Self.turn) { self.turn() }
    }

    private func turn() {
        isScheduled = false
        takeNews()
        for watcher in watchers.values { watcher.pump(history) }
        let now = NIODeadline.now()
        if now - toldAt >= Self.beat {
            toldAt = now
            tellProgress()
        }
        if !news.isEmpty || hasNewStatistics { schedule() }
    }

    private func takeNews() {
        let inbox = feed.take()
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
        guard !watchers.isEmpty else { return }
        var buffer = ByteBuffer()
        for id in news {
            guard let event = progress[id] else { continue }
            frames.append(EventFeed.text("progress", history.last, event), to: &buffer)
        }
        if hasNewStatistics, let statistics {
            frames.append(EventFeed.text("stats", history.last, statistics), to: &buffer)
        }
        for watcher in watchers.values { watcher.tell(buffer, history) }
    }

    /// Takes in a watcher who saw the events up to a number; nil for one who saw none.
    func add(_ watcher: Watcher, since: Int?) {
        takeNews()
        watchers[ObjectIdentifier(watcher)] = watcher
        watcher.next = since.map { $0 + 1 } ?? 0
        watcher.pump(history)
        if !news.isEmpty || hasNewStatistics { schedule() }
    }

    func remove(_ watcher: Watcher) { watchers[ObjectIdentifier(watcher)] = nil }

    func pump(_ watcher: Watcher) { watcher.pump(history) }

    func closeAll() { for watcher in watchers.values { watcher.leave() } }

    /// All that there is to know at a moment, for those who missed how it came to be.
    func snapshot() -> ByteBuffer {
        var event = JSONObject()
        event["stats"] = statistics?.value ?? JSONObject().value
        event["active"] = .array(progress.values.map(\.value))
        var buffer = ByteBuffer()
        frames.append(EventFeed.text("snapshot", history.last, event), to: &buffer)
        return buffer
    }
}
