import GRDB
import Wire

extension CataloguedTrack: FetchableRecord {
    /// - Throws: what becomes `bad_catalogue`: a value of the wrong type, or an unknown format.
    package init(row: Row) throws {
        let name: String = try row["format"]
        guard let format = Format(rawValue: name) else {
            let message = "a format in it is unknown, if not of a newer version: \(name)"
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: message)
        }
        self.format = format
        (id, path, bytes, sha256) = try (row["id"], row["path"], row["bytes"], row["sha256"])
        (quality, wanted, duration) = try (row["quality"], row["wanted"], row["duration_s"])
        (title, artist, album) = try (row["title"], row["artist"], row["album"])
        (matchKey, albumKey) = try (row["match_key"], row["album_key"])
        (isrc, recordingID) = try (row["isrc"], row["recording_id"])
        (sourceSHA256, section) = try (row["source_sha256"], row["section"])
        (modified, artwork) = try (row["modified_ns"], row["artwork"])
    }
}
