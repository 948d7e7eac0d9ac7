import Ledger

/// How many items came to their end in this run.
struct Tally: Equatable {
    var done = 0
    /// Collections among those that are done.
    var collections = 0
    var skipped = 0
    var failed = 0
    /// Those among them that listed fewer tracks than they announced.
    var short = 0
    /// Tracks among those that are done whose cover could not be had yet.
    var withoutCover = 0

    var sum: Int { done + collections + skipped + failed }

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
    var text: String? {
        let parts = [
            (done, "done"), (skipped, "skipped"), (failed, "failed"),
            (collections, collections == 1 ? "collection" : "collections")
        ]
        return sum == 0 ? nil : parts.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: ", ")
    }
}
