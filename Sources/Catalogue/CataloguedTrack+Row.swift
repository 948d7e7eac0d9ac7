import GRDB
import Wire

extension CataloguedTrack: FetchableRecord {
    /// - Throws: `bad_catalogue` for a row with an unknown format.
    package init(row: Row) throws {
        let name: String = row["format"]
        guard let format = Format(rawValue: name) else {
            throw Failure.config("bad_catalogue", "the catalogue holds an unknown format: \(name)")
        }
        self.format = format
        (id, path, bytes, sha256) = (row["id"], row["path"], row["bytes"], row["sha256"])
        (quality, wanted, duration) = (row["quality"], row["wanted"], row["duration_s"])
        (title, artist, album) = (row["title"], row["artist"], row["album"])
        (matchKey, albumKey) = (row["match_key"], row["album_key"])
        (isrc, recordingID) = (row["isrc"], row["recording_id"])
        (sourceSHA256, section) = (row["source_sha256"], row["section"])
        (modified, artwork) = (row["modified_ns"], row["artwork"])
    }
}
