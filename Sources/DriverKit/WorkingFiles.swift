import CPosix
import Glibc
import Wire

/// The files and the folder that a driver works with: they have to be the same ones as long as it does.
final class WorkingFiles {
    /// Held open: some file systems number anew what nobody has open.
    private let held: [(path: String, descriptor: Int32)]
    private let spool: String
    private var looking = Interval(seconds: 1)

    /// Remembers those that are there.
    init(ledger: String, spool: String) {
        self.spool = spool
        held = [ledger, DriverLock.path(of: ledger), spool].compactMap { path in
            let descriptor = posix_mark(path)
            return descriptor < 0 ? nil : (path, descriptor)
        }
    }

    deinit { for file in held { close(file.descriptor) } }

    /// Looks now and then, `now` in monotonic nanoseconds, whether all of them are where they were.
    ///
    /// - Throws: `ledger_gone` (`config`) or `spool_gone` (`transient`).
    func check(now: Int64) throws(Failure) {
        guard looking.isOver(now: now), let lost = held.first(where: { !Self.isThere($0) }) else { return }
        guard lost.path == spool else {
            throw .config(
                "ledger_gone",
                "\(lost.path) was moved, removed or replaced while this driver worked with it; put it back, or leave what is there now, and start again"
            )
        }
        throw .transient(
            "spool_gone", "the spool \(spool) was removed or replaced while it was in use; start again")
    }

    /// A disk that does not answer now has not lost it.
    private static func isThere(_ file: (path: String, descriptor: Int32)) -> Bool {
        var (named, known) = (stat(), stat())
        guard stat(file.path, &named) == 0 else { return errno != ENOENT && errno != ENOTDIR }
        return fstat(file.descriptor, &known) != 0 || named.st_ino == known.st_ino && named.st_dev == known.st_dev
    }
}
