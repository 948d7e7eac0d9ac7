import Files
import GRDB
import Wire

/// What the catalogue says of one file in the library.
package struct CataloguedFile: Sendable {
    package let id: String
    /// Relative to the library's folder.
    package let path: String
    /// The size that was booked.
    package let bytes: Int
    /// 64 hex digits.
    package let sha256: String
    /// When it was written and booked.
    package let booking: BookingTime
}

extension CataloguedFile: FetchableRecord {
    /// `*` comes last: a statement takes its columns' places from before another process added some, and so none may move.
    static let query = "SELECT (julianday(recorded_at) - 2440587.5) * 86400 AS at, * FROM track"

    /// - Throws: what becomes `bad_catalogue`: a value of the wrong type.
    package init(row: Row) throws {
        (id, path, bytes, sha256) = try (row["id"], row["path"], row["bytes"], row["sha256"])
        booking = try BookingTime(modified: row["modified_ns"], recordedAt: row["at"])
    }
}

extension CataloguedFile {
    /// Whether nobody wrote to it since it was booked, as far as its time and size say.
    package func isUntouched(_ status: FileStatus) -> Bool {
        status.bytes == bytes && !status.isWritten(since: booking)
    }

    /// Whose file is at a path. Where a track's file was removed and another's got its name, that is the one that is there as
    /// it was booked, or has at least that size, or else the one that was booked last.
    static func owner(
        of path: String, in library: String, _ database: Database, where condition: String = ""
    ) throws -> CataloguedFile? {
        let files = try fetchAll(
            database, sql: "\(query) WHERE path = ? \(condition) ORDER BY at DESC, id", arguments: [path])
        guard files.count > 1, let status = FileStatus("\(library)/\(path)") else { return files.first }
        return files.first { $0.isUntouched(status) } ?? files.first { $0.bytes == status.bytes } ?? files.first
    }

    /// Whether the file at a path that was booked for a track is another's by now.
    static func isTaken(
        _ path: String, from id: String, in library: String, _ database: Database, where condition: String = ""
    ) throws -> Bool {
        try owner(of: path, in: library, database, where: condition).map { !$0.id.utf8.elementsEqual(id.utf8) } ?? false
    }
}

extension Catalogue {
    /// The file at a path relative to the library's folder, whosever it is by now; nil if none is booked there.
    package func track(path: String) throws(Failure) -> CataloguedFile? {
        try read { try CataloguedFile.owner(of: path, in: library, $0) } ?? nil
    }

    /// Whether the file at a track's path is another's by now.
    package func isTaken(_ file: CataloguedFile) throws(Failure) -> Bool {
        try read { try CataloguedFile.isTaken(file.path, from: file.id, in: library, $0) } ?? false
    }

    /// Up to `limit` files in the order of their ids, from the first one after `id`.
    package func files(after id: String, limit: Int) throws(Failure) -> [CataloguedFile] {
        try read { database in
            let files = try CataloguedFile.fetchAll(
                database, sql: "\(CataloguedFile.query) WHERE id > ? ORDER BY id LIMIT ?", arguments: [id, limit])
            if let end = files.last, !id.utf8.lexicographicallyPrecedes(end.id.utf8) { throw DatabaseError.disorder }
            return files
        } ?? []
    }

    /// How many files are booked under ids up to this one, in their order, and how many in all.
    package func count(upTo id: String) throws(Failure) -> (before: Int, all: Int) {
        let sql = "SELECT ifnull(sum(id <= ?), 0), count(*) FROM track"
        return try read { database in
            try Row.fetchOne(database, sql: sql, arguments: [id]).map { try ($0[0], $0[1]) } ?? (0, 0)
        } ?? (0, 0)
    }

    /// How many files are booked, and their total size in bytes.
    package func extent() throws(Failure) -> (files: Int, bytes: Int) {
        let sql = "SELECT count(*), ifnull(sum(bytes), 0) FROM track"
        return try read { database in
            try Row.fetchOne(database, sql: sql).map { try ($0[0], $0[1]) } ?? (0, 0)
        } ?? (0, 0)
    }
}
