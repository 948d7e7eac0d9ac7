import CPosix
import Glibc
import Synchronization
import Wire

/// Values from other threads for the thread that waits in `poll`.
package final class Mailbox<Value: Sendable>: Sendable {
    /// The descriptor that becomes readable when there is something to take.
    package let descriptor: Int32
    private let bell: Int32
    private let values = Mutex<[Value]>([])

    /// - Throws: `no_process` (`config`) if no pipe can be made.
    package init() throws(Failure) {
        var (read, write): (Int32, Int32) = (-1, -1)
        guard posix_pipe(&read, &write) == 0 else {
            throw .config("no_process", "cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        (descriptor, bell) = (read, write)
        for end in [read, write] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        close(descriptor)
        close(bell)
    }

    package func put(_ value: Value) {
        values.withLock { $0.append(value) }
        _ = write(bell, "", 1)
    }

    /// Takes the values that arrived since the last call, in order.
    package func drain() -> [Value] {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
        return values.withLock { values in
            defer { values = [] }
            return values
        }
    }
}
