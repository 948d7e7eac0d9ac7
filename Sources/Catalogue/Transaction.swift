import GRDB
import Wire

/// Changes of several records in one transaction: each is kept or undone by itself, and all become durable at once.
///
/// - Throws: all methods throw what ``Catalogue`` does; `catalogue` where there is none.
package final class Transaction {
    private let catalogue: Catalogue
    /// What ended the transaction before it was committed: SQLite gives up the whole of it when, say, the disk is full.
    private var loss: Failure?

    package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// Runs the body; what it did is undone when it throws, and what others did stays.
    ///
    /// `now` is RFC 3339, in UTC.
    ///
    /// - Throws: what ``Change`` and the body throw, and the failure by which the transaction lost all that was in it.
    package func change<Result>(
        now: String, _ body: (Change) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if let loss { throw loss }
        return try write { database throws(Failure) in
            let wasOpen = database.isInsideTransaction
            do throws(Failure) {
                return try catalogue.asking {
                    if !wasOpen { try database.beginTransaction() }
                    var result: Result?
                    try database.inSavepoint {
                        result = try body(Change(database, in: catalogue.library, now: now))
                        return .commit
                    }
                    guard let result else { throw Failure.config("catalogue", "a change came to nothing") }
                    return result
                }
            } catch {
                if wasOpen, !database.isInsideTransaction { loss = error }
                throw error
            }
        }
    }

    /// Makes durable what was changed so far. After a failure everything of the transaction counts as lost.
    package func commit() throws(Failure) {
        if let loss { throw loss }
        do throws(Failure) {
            try write { database throws(Failure) in
                guard database.isInsideTransaction else { return }
                defer { if database.isInsideTransaction { try? database.rollback() } }
                try catalogue.asking { try database.commit() }
            }
            try catalogue.checkPlace()
        } catch {
            loss = error
            throw error
        }
    }

    /// Commits, and begins a new transaction.
    package func end() throws(Failure) {
        defer { loss = nil }
        try commit()
    }

    private func write<Result>(_ body: (Database) throws(Failure) -> Result) throws(Failure) -> Result {
        guard let queue = catalogue.queue else {
            throw .config("catalogue", "there is no catalogue in \(catalogue.library)")
        }
        return try catalogue.asking { try queue.writeWithoutTransaction { try body($0) } }
    }
}
