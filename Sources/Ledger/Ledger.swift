import Files
import GRDB
import Glibc
import Wire

/// The driver's queue in a file: what is due, who has it, why it failed.
///
/// - Throws: all methods throw `ledger_busy` (`transient`) while another program holds the database, `disk_full`,
///   `no_access` or `bad_ledger` (`config`) otherwise, and `newer_ledger` when it is opened.
package final class Ledger: Sendable {
    package let path: String
    private let queue: DatabaseQueue

    /// Opens a ledger, made when it is missing.
    ///
    /// `patience` is how many seconds a locked one is waited for before `busy` is thrown.
    package init(path: String, patience: Double = 10) throws(Failure) {
        try Self.makeFolders(of: path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA cache_size = -4000;
                    PRAGMA wal_autocheckpoint = 4000;
                    """)
        }
        self.path = path
        queue = try locking(folder(of: path)) { () throws(Failure) in try Self.open(path, configuration) }
    }

    /// Two that made one ledger at once would be in each other's way.
    private static func open(_ path: String, _ configuration: Configuration) throws(Failure) -> DatabaseQueue {
        try asking(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            guard try !queue.read(Schema.migrator.hasBeenSuperseded) else {
                throw Failure.config("newer_ledger", "\(path) was written by a newer version than this one")
            }
            if try !queue.read(Schema.migrator.hasCompletedMigrations) { try Schema.migrator.migrate(queue) }
            return queue
        }
    }

    /// Does all of the body in one transaction that is durable when this returns, or nothing of it when it throws.
    ///
    /// `now` is in milliseconds since 1970; without `keeping` it only looks what would be.
    package func change<Result>(
        now: Int64, road: Road? = nil, keeping: Bool = true, _ body: (Change) throws -> Result
    ) throws(Failure) -> Result {
        try asking(path) {
            try queue.writeWithoutTransaction { database in
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try Self.run(body, in: database, now, road)
                    return keeping ? .commit : .rollback
                }
                guard let result else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
                return result
            }
        }
    }

    /// The same beside the caller; `then` comes on another thread.
    package func changeLater<Result: Sendable>(
        now: Int64, road: Road, _ body: @escaping @Sendable (Change) throws -> Result,
        then: @escaping @Sendable (Swift.Result<Result, Failure>) -> Void
    ) {
        let path = path
        queue.asyncWrite { database in
            try Self.run(body, in: database, now, road)
        } completion: { _, result in
            then(result.mapError { Failure(ledger: $0, at: path) })
        }
    }

    /// Not `queue.read`: that flips a flag by which SQLite forgets every statement that is prepared.
    func read<Result>(_ body: (Database) throws -> Result) throws(Failure) -> Result {
        try asking(path) { try queue.unsafeRead(body) }
    }

    /// Folds what was written into the one file, so that nothing else has to be kept, and gives back what it does not need.
    package func settle() {
        try? queue.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            if free > Self.spare, free > pages / 2 { try database.execute(sql: "VACUUM") }
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Pages that are not worth the while.
    private static let spare = 256

    private static func run<Result>(
        _ body: (Change) throws -> Result, in database: Database, _ now: Int64, _ road: Road?
    ) throws -> Result {
        let change = try Change(database, now: now, road: road)
        let result = try body(change)
        try change.close()
        return result
    }

    private static func makeFolders(of path: String) throws(Failure) {
        let parent = folder(of: path)
        if parent != "/", parent != ".", access(parent, F_OK) != 0 {
            try makeFolders(of: parent)
            try makeFolder(parent)
        }
    }
}
