import Glibc
import Wire

/// Lines on their way to stdout, which may be slow to take them.
final class Outlet {
    private let descriptor: Int32
    private var waiting: [UInt8] = []
    private var sent = 0
    /// Whether nobody reads any more.
    private(set) var isClosed = false

    init() {
        // Opened anew where that can be, so that a flag of ours is nobody else's.
        let own = open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
        descriptor = own < 0 ? 1 : own
    }

    var isBehind: Bool { waiting.count - sent > 1 << 20 }
    var isEmpty: Bool { sent == waiting.count || isClosed }

    /// The descriptor to wait for, while something waits.
    var poll: pollfd { pollfd(fd: isEmpty ? -1 : descriptor, events: Int16(POLLOUT), revents: 0) }

    func add(_ record: Record) {
        startAnew()
        record.append(to: &waiting)
        waiting.append(10)
    }

    func add(line: [UInt8]) {
        startAnew()
        waiting += line
        waiting.append(10)
    }

    private func startAnew() {
        if sent == waiting.count { (sent, waiting) = (0, []) }
    }

    /// Writes what goes out now.
    func flush() throws(Failure) {
        while !isEmpty {
            let count = waiting.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count >= 0 {
                sent += count
            } else if errno == EPIPE {
                isClosed = true
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                throw .transient("write_failed", "cannot write to stdout: \(String(cString: strerror(errno)))")
            }
        }
    }
}
