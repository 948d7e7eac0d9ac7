import Files
import GRDB
import Glibc
import Wire

/// The driver's queue in a file: what is due, who has it, why it failed.
///
/// - Throws: every method throws `transient` while another program holds the ledger for longer than its patience, and
///   `config` (`disk_full`, `no_access`) when its file cannot be used.
package final class Ledger: Sendable {
    package let path: String
    private let queue: DatabaseQueue

    /// Opens a ledger, which is created, with its folders, if it is missing.
    ///
    /// `patience` is how many seconds to wait for a ledger that another program holds. One that `isTemporary` is of no use
    /// after a crash, and so nothing waits for its disk.
    ///
    /// - Throws: `config` also for a ledger of a newer version; `no_folder` or `file_error` when its folder cannot be made.
    package init(path: String, patience: Double = 10, isTemporary: Bool = false) throws(Failure) {
        try Self.makeFolders(of: path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        // They say what belongs together, and tests look whether it does: to enforce them costs a driver 7 % of its CPU time.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = \(isTemporary ? "OFF" : "FULL");
                    PRAGMA cache_size = -4000;
                    PRAGMA wal_autocheckpoint = 4000;
                    """)
        }
        self.path = path
        queue = try locking(folder(of: path)) { () throws(Failure) in try Self.open(path, configuration) }
    }

    /// Called under a lock: two processes must not create one ledger at once.
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

    /// Runs the body in one transaction, which is durable when this returns and undone when it throws.
    ///
    /// `now` is in milliseconds since 1970; without `keeping` the transaction is undone in any case, for a dry run.
    ///
    /// - Throws: what the body throws too; an error that is no `Failure` comes as `config`.
    package func change<Result>(
        now: Int64, route: Route? = nil, keeping: Bool = true, _ body: (Change) throws -> Result
    ) throws(Failure) -> Result {
        try asking(path) {
            try queue.writeWithoutTransaction { database in
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try Self.run(body, in: database, now, route)
                    return keeping ? .commit : .rollback
                }
                guard let result else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
                return result
            }
        }
    }

    /// Does the same without waiting; `then` is called on another thread. `now` is in milliseconds since 1970.
    package func changeLater<Result: Sendable>(
        now: Int64, route: Route, _ body: @escaping @Sendable (Change) throws -> Result,
        then: @escaping @Sendable (Swift.Result<Result, Failure>) -> Void
    ) {
        let path = path
        queue.asyncWrite { database in
            try Self.run(body, in: database, now, route)
        } completion: { _, result in
            then(result.mapError { Failure(ledger: $0, at: path) })
        }
    }

    /// Not `queue.read`, which sets a flag that makes SQLite forget its prepared statements.
    func read<Result>(_ body: (Database) throws -> Result) throws(Failure) -> Result {
        try asking(path) { try queue.unsafeRead(body) }
    }

    /// Moves the write-ahead log into the ledger's file, and gives unused space back.
    package func settle() {
        try? queue.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            if free > Self.spare, free > pages / 2 { try database.execute(sql: "VACUUM") }
        }
        checkpoint()
    }

    /// Moves the write-ahead log into the ledger's file, wherever that is by now.
    package func checkpoint() {
        try? queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    /// Unused pages that are not worth giving back.
    private static let spare = 256

    private static func run<Result>(
        _ body: (Change) throws -> Result, in database: Database, _ now: Int64, _ route: Route?
    ) throws -> Result {
        let change = try Change(database, now: now, route: route)
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
