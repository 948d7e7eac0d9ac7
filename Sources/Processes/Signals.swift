import CPosix
import Glibc
import Wire

/// Signals read from a descriptor: SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD and SIGWINCH arrive only here.
package struct Signals {
    package let descriptor: Int32

    /// Must be made before any other thread is started, so that none receives them.
    ///
    /// - Throws: `no_signals` (`config`).
    package init() throws(Failure) {
        descriptor = posix_watch_signals()
        guard descriptor >= 0 else {
            throw .config("no_signals", "cannot watch for signals: \(String(cString: strerror(errno)))")
        }
    }

    /// Takes the signals that arrived since the last call.
    package func drain() -> [Int32] {
        var signals: [Int32] = []
        while case let signal = posix_next_signal(descriptor), signal != 0 { signals.append(signal) }
        return signals
    }

    /// Whether a signal that asks to stop is pending; it is not taken.
    package static var isEndAsked: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return [SIGTERM, SIGINT, SIGHUP].contains { sigismember(&pending, $0) == 1 }
    }

    package static func asksForTheEnd(_ signal: Int32) -> Bool { [SIGTERM, SIGINT, SIGHUP].contains(signal) }
}

/// Whether this process has a terminal that may end before it.
package func hasTerminal() -> Bool {
    if (0...2).contains(where: { isatty($0) == 1 }) { return true }
    let descriptor = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
}
