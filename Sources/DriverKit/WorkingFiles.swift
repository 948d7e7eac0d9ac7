import Files
import Wire

/// The files and the folder that a driver works with: they have to be the same ones as long as it does.
struct WorkingFiles {
    private let known: [(path: String, identity: LibraryRoot.Identity)]
    private let spool: String
    private var looking = Interval(seconds: 1)

    /// Remembers those that are there.
    init(ledger: String, spool: String) {
        self.spool = spool
        known = [ledger, DriverLock.path(of: ledger), spool].compactMap { path in
            LibraryRoot.Identity(of: path).map { (path, $0) }
        }
    }

    /// Looks now and then, `now` in monotonic nanoseconds, whether all of them are where they were.
    ///
    /// - Throws: `ledger_gone` (`config`) or `spool_gone` (`transient`).
    mutating func check(now: Int64) throws(Failure) {
        guard looking.isOver(now: now),
            let lost = known.first(where: { LibraryRoot.Identity(of: $0.path) != $0.identity })
        else { return }
        guard lost.path == spool else {
            throw .config(
                "ledger_gone",
                "\(lost.path) was moved, removed or replaced while this driver worked with it; put it back, or start again"
            )
        }
        throw .transient(
            "spool_gone", "the spool \(spool) was removed or replaced while it was in use; start again")
    }
}
