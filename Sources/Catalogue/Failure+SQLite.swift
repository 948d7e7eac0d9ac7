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
        let what = error.message ?? "no word from SQLite"
        self = switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .transient("busy", "another process holds the catalogue: \(what)")
        case .SQLITE_FULL: .config("disk_full", "no room for the catalogue: \(what)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .config("bad_catalogue", "the catalogue is damaged: \(what)")
        default: .config("catalogue", "the catalogue cannot be used: \(what) (SQLite \(error.extendedResultCode.rawValue))")
        }
    }
}

/// Runs what SQLite may refuse.
func asking<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
    do { return try body() } catch { throw Failure(catalogue: error) }
}
