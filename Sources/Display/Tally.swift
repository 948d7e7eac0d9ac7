import Ledger

/// How many items ended in this run.
package struct Tally: Equatable {
    /// Tracks that were done.
    package var done = 0
    /// Collections that were done.
    package var collections = 0
    /// Items that were skipped.
    package var skipped = 0
    /// Items that failed.
    package var failed = 0
    /// Collections that listed fewer tracks than they announced.
    var short = 0
    /// Tracks among the done ones whose cover could not be fetched yet.
    var withoutCover = 0

    package init(done: Int = 0, skipped: Int = 0, failed: Int = 0) {
        (self.done, self.skipped, self.failed) = (done, skipped, failed)
    }

    /// How many items ended in all.
    package var sum: Int { done + collections + skipped + failed }

    mutating func add(_ state: State, isCollection: Bool) {
        switch state {
        case .done where isCollection: collections += 1
        case .done: done += 1
        case .skipped: skipped += 1
        case .failed: failed += 1
        default: break
        }
    }

    /// `12 done, 3 skipped, 1 failed`; nil when nothing ended.
    package var text: String? {
        let parts = [
            (done, "done"), (skipped, "skipped"), (failed, "failed"),
            (collections, collections == 1 ? "collection" : "collections")
        ]
        return sum == 0 ? nil : parts.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: ", ")
    }
}
