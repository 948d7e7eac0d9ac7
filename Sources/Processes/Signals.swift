import CPosix
import Glibc
import Wire

/// Signals as something to read: SIGTERM, SIGINT, SIGHUP, SIGCHLD and SIGWINCH come only here.
package struct Signals {
    package let descriptor: Int32

    /// Before any other thread is started, so that none takes them.
    ///
    /// - Throws: `no_signals` (`config`).
    package init() throws(Failure) {
        descriptor = posix_watch_signals()
        guard descriptor >= 0 else {
            throw .config("no_signals", "cannot watch for signals: \(String(cString: strerror(errno)))")
        }
    }

    /// Those that came since the last look.
    package func drain() -> [Int32] {
        var signals: [Int32] = []
        while case let signal = posix_next_signal(descriptor), signal != 0 { signals.append(signal) }
        return signals
    }

    /// Whether one is waiting that asks for the end; it stays to be taken.
    package static var isEndAsked: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return [SIGTERM, SIGINT, SIGHUP].contains { sigismember(&pending, $0) == 1 }
    }

    package static func asksForTheEnd(_ signal: Int32) -> Bool { [SIGTERM, SIGINT, SIGHUP].contains(signal) }
}
