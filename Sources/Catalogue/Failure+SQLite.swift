import Files
import GRDB
import Wire

extension Failure {
    /// The failure that an error of a library's database means for the record in hand.
    init(catalogue error: any Error, in library: String) {
        if let failure = error as? Failure {
            self = failure
        } else if let error = error as? DatabaseError {
            self.init(error, library)
        } else if error is RowDecodingError {
            self = .damaged(catalogueIn: library, "a value in it is of the wrong type")
        } else {
            self = .config("bad_catalogue", "the catalogue \(cataloguePath(in: library)) cannot be used: \(error)")
        }
    }

    private init(_ error: DatabaseError, _ library: String) {
        let what = "\(error.message ?? "SQLite gives no reason") (\(error.extendedResultCode.rawValue))"
        let path = cataloguePath(in: library)
        self =
            switch (error.resultCode, error.extendedResultCode) {
            case (.SQLITE_BUSY, _), (.SQLITE_LOCKED, _):
                .transient("busy", "another process holds the catalogue \(path): \(what)")
            case (.SQLITE_FULL, _), (_, .SQLITE_IOERR_SHMSIZE):
                .config("disk_full", "no room for the catalogue \(path): \(what); make room there")
            case (_, .SQLITE_IOERR_WRITE):
                .config(
                    "disk_full",
                    "cannot write the catalogue \(path): \(what); make room there, or see whether its disk can be written"
                )
            case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _):
                .damaged(catalogueIn: library, what)
            case (.SQLITE_CANTOPEN, _), (.SQLITE_READONLY, _), (.SQLITE_PERM, _):
                .config(
                    "no_access",
                    "the catalogue \(path), or its folder, cannot be opened or written: \(what); \(rightsAdvice)")
            default: .config("catalogue", "the catalogue \(path) cannot be used: \(what)")
            }
    }

    static func damaged(catalogueIn library: String, _ what: String) -> Failure {
        .config(
            "bad_catalogue",
            "the catalogue \(cataloguePath(in: library)) is damaged: \(what); segue import \(library) --rebuild puts it aside "
                + "and makes a new one from the files")
    }
}

/// The path of a library's catalogue.
func cataloguePath(in library: String) -> String { "\(library)/.segue/catalogue.sqlite" }

extension Catalogue {
    /// Runs a body and turns what SQLite throws into a `Failure`: `busy`, `disk_full`, `no_access`, `bad_catalogue` or
    /// `catalogue`.
    static func asking<Result>(in library: String, _ body: () throws -> Result) throws(Failure) -> Result {
        do { return try body() } catch { throw Failure(catalogue: error, in: library) }
    }

    func asking<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
        try Self.asking(in: library, body)
    }
}

extension Change {
    func asking<Result>(_ body: () throws -> Result) throws(Failure) -> Result {
        try Catalogue.asking(in: library, body)
    }
}
