import Files
import Glibc
import Wire

/// Makes sure that one driver at a time works on a ledger, and that no process of the last one is left.
package final class DriverLock {
    private let descriptor: Int32
    private let replicas: Int32

    /// Throws `driver_runs` when another driver holds the ledger.
    init(ledger: String) throws(Failure) {
        let path = Self.path(of: ledger)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else {
                let failure = lockFailure(path)
                close(descriptor)
                throw failure
            }
            let holder = Self.text(of: descriptor).split(separator: "\n").first.map { " (process \($0))" } ?? ""
            close(descriptor)
            throw .transient("driver_runs", "another driver\(holder) works on \(ledger); segue add gives it more to do")
        }
        let list = Self.path(of: ledger, ".replicas")
        replicas = open(list, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard replicas >= 0 else { throw fileFailure("cannot open \(list)") }
        for line in Self.text(of: replicas).split(separator: "\n") { Self.kill(String(line)) }
        ftruncate(replicas, 0)
        let own = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, own, own.count, 0)
    }

    deinit {
        ftruncate(replicas, 0)
        close(replicas)
        close(descriptor)
    }

    /// The path of the lock, or another file, that goes with a ledger: one and the same whatever links lead there.
    static func path(of ledger: String, _ ending: String = ".lock") -> String { (realPath(ledger) ?? ledger) + ending }

    /// Whether a driver works on the ledger now.
    package static func isHeld(ledger: String) -> Bool {
        let descriptor = open(path(of: ledger), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// Notes a process group that must be gone when the next driver starts.
    func note(_ group: pid_t) {
        let line = Array("\(group) \(Self.start(of: group) ?? "") \(bootID ?? "")\n".utf8)
        _ = write(replicas, line, line.count)
    }

    /// Ends a group whose leader is still the process that was noted, and not a later one with the same number: after a
    /// restart of the machine there is none of ours.
    private static func kill(_ line: String) {
        let parts = line.split(separator: " ").map(String.init)
        guard parts.count == 3, let group = pid_t(parts[0]), group > 1, parts[1] == start(of: group), parts[2] == bootID
        else { return }
        Glibc.kill(-group, SIGKILL)
    }

    /// When a process was started, in the kernel's clock ticks since boot.
    private static func start(of process: pid_t) -> String? {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // The name, in parentheses, may hold anything; the start time is the twentieth word after it.
        let words = text(of: descriptor).split(separator: ")").last?.split(separator: " ") ?? []
        return words.count > 19 ? String(words[19]) : nil
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
