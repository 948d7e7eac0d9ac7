import Glibc
import Wire

/// Lines on their way to stdout, whose reader may be slow.
package final class Outlet {
    private let descriptor: Int32
    private var outbox = Outbox()
    /// Whether the reader is gone.
    package private(set) var isClosed = false

    package init() {
        // Reopened if possible, since O_NONBLOCK would otherwise apply to every process that shares this stdout.
        let own = open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
        descriptor = own < 0 ? 1 : own
    }

    package var isBehind: Bool { outbox.count > 1 << 20 }
    package var isEmpty: Bool { outbox.isEmpty }

    /// The descriptor to poll while lines are waiting.
    package var poll: pollfd { pollfd(fd: isEmpty ? -1 : descriptor, events: Int16(POLLOUT), revents: 0) }

    package func add(_ record: Record) { outbox.add(record) }
    package func add(line: [UInt8]) { outbox.add(line: line) }

    /// Writes as much as stdout takes for now.
    ///
    /// - Throws: `write_failed` (`transient`) if stdout fails.
    package func flush() throws(Failure) {
        switch outbox.flush(to: descriptor) {
        case .drained, .full: break
        case .closed: isClosed = true
        case .failed(let code):
            throw .transient("write_failed", "cannot write to stdout: \(String(cString: strerror(code)))")
        }
    }
}
