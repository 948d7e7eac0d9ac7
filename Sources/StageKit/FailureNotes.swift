import Glibc
import Synchronization
import Wire

/// Tells people which records failed: each once, but those that a host's pause fails once a pause, with a count at its
/// end.
///
/// Says nothing under a driver, which reports failures itself.
final class FailureNotes: Sendable {
    private let name: String
    private let state = Mutex(State())

    private struct State {
        var isSilent = Surroundings.hasDriver
        var pauses: [String: Pause] = [:]
    }

    private struct Pause {
        /// When the pause ends, in monotonic nanoseconds.
        let end: Int64
        /// Records that failed after the one that was reported.
        var others = 0
    }

    init(name: String) { self.name = name }

    /// Set when every record of the process fails for one reason that was already reported.
    var isSilent: Bool {
        get { state.withLock { $0.isSilent } }
        set { state.withLock { $0.isSilent = newValue } }
    }

    func tell(_ failure: Failure, of what: String) {
        guard !isSilent else { return }
        switch (failure.class, failure.host) {
        case (.permanent, _), (.crash, _): complain(name, "gave up on \(what): \(failure.message)")
        case (.throttled, let host?): tell(pauseOf: host, failure, what)
        case (.transient, _), (.throttled, _), (.stale, _), (.config, _):
            complain(name, "\(what) failed for now: \(failure.message)")
        }
    }

    func tell(_ text: String) { if !isSilent { complain(name, text) } }

    private func tell(pauseOf host: String, _ failure: Failure, _ what: String) {
        let (now, seconds) = (monotonicNanoseconds(), failure.retryAfter ?? 0)
        state.withLock { state in
            if let pause = state.pauses[host], now < pause.end {
                state.pauses[host]?.others += 1
                return
            }
            settle(host, &state)
            state.pauses[host] = Pause(end: now + Int64(seconds) * 1_000_000_000)
            complain(
                name,
                "\(what) failed for now, and so does what else needs \(host) within \(seconds) s: \(failure.message)")
        }
    }

    /// Reports how many records each pause has failed.
    func settle() {
        state.withLock { state in
            for host in state.pauses.keys.sorted() { settle(host, &state) }
        }
    }

    private func settle(_ host: String, _ state: inout State) {
        guard let count = state.pauses.removeValue(forKey: host)?.others, count > 0 else { return }
        complain(name, "\(count) more failed for now, since \(host) is paused")
    }
}

/// Who runs this process.
enum Surroundings {
    /// Whether a driver runs it, which keeps the records and reports what becomes of them.
    static var hasDriver: Bool { getenv("SEGUE_DRIVER") != nil }
}
