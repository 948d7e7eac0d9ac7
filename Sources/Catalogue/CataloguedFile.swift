import GRDB
import Wire

/// What the catalogue says of one file in the library.
package struct CataloguedFile: Sendable {
    package let id: String
    /// From the library's folder.
    package let path: String
    package let bytes: Int
    package let sha256: String
    /// When it was booked, in seconds since 1970.
    package let recordedAt: Double?
}

extension Catalogue {
    /// Files in the order of their ids, beginning after one.
    package func files(after id: String, limit: Int) throws(Failure) -> [CataloguedFile] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, path, bytes, sha256, (julianday(recorded_at) - 2440587.5) * 86400 AS at
                    FROM track WHERE id > ? ORDER BY id LIMIT ?
                    """, arguments: [id, limit]
            ).map {
                CataloguedFile(
                    id: $0["id"], path: $0["path"], bytes: $0["bytes"], sha256: $0["sha256"], recordedAt: $0["at"])
            }
        } ?? []
    }

    /// How many files there are, and their bytes.
    package func extent() throws(Failure) -> (files: Int, bytes: Int) {
        let row = try read { try Row.fetchOne($0, sql: "SELECT count(*), ifnull(sum(bytes), 0) FROM track") } ?? nil
        return (row?[0] ?? 0, row?[1] ?? 0)
    }
}
