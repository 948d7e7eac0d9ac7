import Files
import GRDB
import Wire

extension Failure {
    /// The failure that an error of the ledger's database means for the driver.
    init(ledger error: any Error, at path: String) {
        if let failure = error as? Failure {
            self = failure
        } else if let error = error as? DatabaseError {
            self.init(error, path)
        } else if error is RowDecodingError {
            self = .damaged(ledger: path, "a value in it is of the wrong type")
        } else {
            self = .config("bad_ledger", "the ledger \(path) cannot be used: \(error)")
        }
    }

    private init(_ error: DatabaseError, _ path: String) {
        let what = "\(error.message ?? "SQLite gives no reason") (\(error.extendedResultCode.rawValue))"
        self =
            switch (error.resultCode, error.extendedResultCode) {
            case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _):
                .transient("ledger_busy", "another program holds the ledger \(path): \(what)")
            case (.SQLITE_FULL, _), (_, .SQLITE_IOERR_SHMSIZE):
                .config("disk_full", "no room for the ledger \(path): \(what); make room there")
            case (_, .SQLITE_IOERR_WRITE):
                .config(
                    "disk_full",
                    "cannot write the ledger \(path): \(what); make room there, or see whether its disk can be written")
            case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _):
                .damaged(ledger: path, what)
            case (.SQLITE_CANTOPEN, _), (.SQLITE_READONLY, _), (.SQLITE_PERM, _):
                .config(
                    "no_access",
                    "the ledger \(path), or its folder, cannot be opened or written: \(what); \(rightsAdvice)")
            default: .config("bad_ledger", "the ledger \(path) cannot be used: \(what)")
            }
    }

    private static func damaged(ledger path: String, _ what: String) -> Failure {
        .config(
            "bad_ledger",
            "the ledger \(path) is damaged: \(what); move it aside, with \(path)-wal, and the next run begins a new one"
        )
    }
}

/// Runs a body and turns what SQLite throws into a `Failure`.
///
/// - Throws: `transient` while another program holds the ledger, else `config` (`disk_full`, `no_access`).
func asking<Result>(_ path: String, _ body: () throws -> Result) throws(Failure) -> Result {
    do { return try body() } catch { throw Failure(ledger: error, at: path) }
}
