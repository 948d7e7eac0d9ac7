import Episodes
import Files
import GRDB
import Glibc
import Wire

/// The library's own book, `.segue/catalogue.sqlite` in its folder: what is in it, where from, with what digest.
///
/// Any number of processes may read it while one writes.
///
/// - Throws: every method throws `busy` while another process holds the catalogue for longer than its patience, and
///   `disk_full`, `no_access`, `bad_catalogue` or `catalogue` when it cannot be used.
package final class Catalogue: Sendable {
    /// The library's folder, absolute and with its links resolved when it exists.
    package let library: String
    let queue: DatabaseQueue?
    /// Aliases and their tracks' ids, in place of the table that an older catalogue, opened only to read, does not have.
    let former: Owners<String>?
    /// Which file it is.
    private let file: LibraryRoot.Identity?

    /// Opens the catalogue and creates it if it is missing; opened only to read, a missing one counts as empty, and so does
    /// any in a stage of a shard.
    ///
    /// `patience` is how many seconds to wait for a locked database.
    ///
    /// - Throws: what ``Catalogue`` throws; `newer_catalogue` for one of a newer version, `no_folder` or `file_error` when
    ///   its folder cannot be made.
    package init(library: String, readOnly: Bool = false, patience: Double = 10) throws(Failure) {
        if !readOnly { try makeFolder("\(library)/.segue", in: library) }
        let library = realPath(library) ?? library
        self.library = library
        if readOnly {
            queue =
                Self.isElsewhere || Self.isMissing(in: library)
                ? nil : try Self.open(in: library, readOnly: true, patience)
        } else {
            queue = try locking("\(library)/.segue") { () throws(Failure) in
                try Self.open(in: library, readOnly: false, patience)
            }
        }
        file = queue == nil ? nil : LibraryRoot.Identity(of: cataloguePath(in: library))
        former = try Self.asking(in: library) { [queue] in
            try queue?.read { try Schema.hasAliases($0) ? nil : Owners(booked: $0) } ?? nil
        }
    }

    /// The track with this id, if the catalogue has it, whether or not its file is still there.
    package func track(id: String) throws(Failure) -> CataloguedTrack? {
        guard !id.utf8.contains(0) else { return nil }
        return try read { database in
            let statement = try database.cachedStatement(sql: "SELECT * FROM track WHERE id = ?")
            return try CataloguedTrack.fetchOne(statement, arguments: [id])
        } ?? nil
    }

    /// Runs the body in one transaction, which is durable when this returns and undone when it throws; `library_gone` may come when it
    /// was done, in a catalogue that is no longer the library's.
    ///
    /// `now` is RFC 3339, in UTC.
    ///
    /// - Throws: what ``Catalogue`` and the body throw; `catalogue` where there is none.
    package func change<Result>(
        now: String, _ body: (Change) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let queue else { throw .config("catalogue", "there is no catalogue in \(library)") }
        let result = try asking { try queue.write { try body(Change($0, in: library, now: now)) } }
        try checkPlace()
        return result
    }

    /// Looks whether each of its pages and indexes is sound, which takes several times as long as reading it.
    ///
    /// - Throws: `bad_catalogue` where one is not, and what ``Catalogue`` throws.
    package func checkIntegrity() throws(Failure) {
        let finding =
            try look { database in
                // For what an index leads to, all over the file; in KiB.
                try database.execute(sql: "PRAGMA cache_size = -65536")
                return try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            } ?? nil
        guard let finding, finding != "ok" else { return }
        // The first line only names the database.
        throw .damaged(catalogueIn: library, String(finding.split(separator: "\n").last ?? ""))
    }

    /// Whether its file is where it was when it was opened.
    package var isInPlace: Bool { LibraryRoot.Identity(of: cataloguePath(in: library)) == file }

    /// Checks that what was changed is in the library's catalogue, and not in one that was put aside.
    ///
    /// - Throws: `library_gone` (`config`).
    func checkPlace() throws(Failure) {
        guard isInPlace else {
            throw .config(
                "library_gone", "the catalogue of \(library) was moved, removed or replaced while it was in use")
        }
    }

    /// The body's result; nil when there is no database yet.
    func read<Result>(_ body: (Database) throws -> Result) throws(Failure) -> Result? {
        guard let queue else { return nil }
        return try asking { try queue.read(body) }
    }

    /// The same for a body of one statement, which needs no transaction around it.
    func look<Result>(_ body: (Database) throws -> Result) throws(Failure) -> Result? {
        guard let queue else { return nil }
        return try asking { try queue.unsafeRead(body) }
    }

    /// Whether this is a stage of a shard: another machine may be writing the catalogue, which SQLite's readers do not see.
    package static var isElsewhere: Bool { getenv("SEGUE_SHARD") != nil }

    private static func isMissing(in library: String) -> Bool {
        var status = stat()
        return stat(cataloguePath(in: library), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    private static func open(
        in library: String, readOnly: Bool, _ patience: Double
    ) throws(Failure) -> DatabaseQueue? {
        let path = cataloguePath(in: library)
        let journal = readOnly || canShareMemory(in: folder(of: path)) ? writingAhead : rollingBack
        return try asking(in: library) { try open(path, readOnly: readOnly, patience, journal: journal) }
    }

    /// So that readers never wait.
    private static let writingAhead = "PRAGMA journal_mode = WAL"

    /// For disks where processes cannot share memory: a catalogue that comes from another disk leaves its write-ahead log
    /// while one process has it alone.
    private static let rollingBack = """
        PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL;
        SELECT count(*) FROM sqlite_master
        """

    private static func open(
        _ path: String, readOnly: Bool, _ patience: Double, journal: String
    ) throws -> DatabaseQueue? {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(patience)
        // A batch keeps its transaction open from one record to the next.
        configuration.allowsUnsafeTransactions = !readOnly
        configuration.prepareDatabase { database in
            if !readOnly { try database.execute(sql: "\(journal); PRAGMA synchronous = FULL") }
        }
        if readOnly { try undoHalf(path, patience) }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let migrator = Schema.migrator
        // Another process may be creating the catalogue right now: without tables it counts as empty.
        if readOnly, try !queue.read({ try $0.tableExists("track") }) { return nil }
        guard try !queue.read(migrator.hasBeenSuperseded) else {
            throw Failure.config("newer_catalogue", "\(path) was written by a newer version than this one")
        }
        if readOnly { return queue }
        if try !queue.read(migrator.hasCompletedMigrations) { try migrator.migrate(queue) }
        return queue
    }

    /// Undoes what a crash left half done in a catalogue without a write-ahead log, which one that only reads cannot.
    private static func undoHalf(_ path: String, _ patience: Double) throws {
        guard access("\(path)-journal", F_OK) == 0, access(path, W_OK) == 0 else { return }
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        try DatabaseQueue(path: path, configuration: configuration).read {
            try $0.execute(sql: "SELECT 1 FROM sqlite_master")
        }
    }
}
