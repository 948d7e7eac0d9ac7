import GRDB
import Wire

extension Failure {
    /// What an error of the catalogue's database means for the record in hand.
    init(catalogue error: any Error) {
        if let failure = error as? Failure {
            self = failure
        } else if let error = error as? DatabaseError {
            self.init(error)
        } else {
            self = .config("bad_catalogue", "the catalogue cannot be used: \(error)")
        }
    }

    private init(_ error: DatabaseError) {
        let what = "\(error.message ?? "no word from SQLite") (\(error.extendedResultCode.rawValue))"
        self =
            switch (error.resultCode, error.extendedResultCode) {
            case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _):
                .transient("busy", "another process holds the catalogue: \(what)")
            case (.SQLITE_FULL, _), (_, .SQLITE_IOERR_WRITE), (_, .SQLITE_IOERR_SHMSIZE):
                .config("disk_full", "no room for the catalogue: \(what)")
            case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _):
                .config(
                    "bad_catalogue",
                    "the catalogue is damaged: \(what); segue import LIBRARY --rebuild puts it aside and makes a new one "
                        + "from the files")
            default: .config("catalogue", "the catalogue cannot be used: \(what)")
            }
    }
}

/// Runs what SQLite may refuse.
func asking<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
    do { return try body() } catch { throw Failure(catalogue: error) }
}
