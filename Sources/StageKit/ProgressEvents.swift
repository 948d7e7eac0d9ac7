import Glibc
import Synchronization
import Wire

/// Lossy reports of a record's progress, on the descriptor that `SEGUE_EVENTS_FD` names.
final class ProgressEvents: Sendable {
    private let stage: String
    private let descriptor: Int32
    /// When each record's progress was last told.
    private let times = Mutex<[String: Int64]>([:])

    /// At most ten events a second for one record, in nanoseconds between two.
    private static let interval: Int64 = 100_000_000
    /// How many records are remembered before those that were not told of lately are forgotten.
    private static let maximumTimes = 256

    /// Nil when nobody listens.
    init?(stage: String) {
        guard let text = getenv("SEGUE_EVENTS_FD"), let number = Int32(String(cString: text)), number > 2,
            fcntl(number, F_GETFD) >= 0
        else { return nil }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        self.stage = stage
        // Reopened for this process alone: other writers may fill a pipe after we asked for room, and a flag set on a
        // shared description would be theirs too.
        let own = open("/proc/self/fd/\(number)", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
        descriptor = own < 0 ? number : own
    }

    func progress(_ id: String, bytes: Int, total: Int?) {
        guard isDue(id, monotonicNanoseconds()) else { return }
        var event = JSONObject()
        event["event"] = .string("progress")
        event["id"] = .string(id)
        event["stage"] = .string(stage)
        event["bytes"] = .integer(bytes)
        event.set("total", total.map(JSON.integer))
        send(Array(event.value.text) + [10])
    }

    private func isDue(_ id: String, _ now: Int64) -> Bool {
        times.withLock { times in
            if let last = times[id], now - last < Self.interval { return false }
            if times.count >= Self.maximumTimes { times = times.filter { now - $0.value < Self.interval } }
            times[id] = now
            return true
        }
    }

    /// Writes the line if it goes in without waiting: a pipe that can be written to takes `PIPE_BUF` bytes at once.
    private func send(_ line: [UInt8]) {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard line.count <= 4096, poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return }
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
