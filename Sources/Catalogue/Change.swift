import Files
import GRDB
import Wire

/// One transaction on the catalogue: all that is done through it is kept, or none of it.
///
/// Rows that would not change are not written, so that booking the same record twice changes nothing.
///
/// - Throws: every method throws `busy`, `disk_full`, `no_access`, `bad_catalogue` or `catalogue`, as ``Catalogue`` does.
package struct Change {
    let database: Database
    /// The folder that the catalogue belongs to.
    let library: String
    /// RFC 3339, UTC.
    let now: String

    /// Whether nothing in the catalogue was changed.
    package var isEmpty: Bool { database.totalChangesCount == before }
    private let before: Int

    init(_ database: Database, in library: String, now: String) {
        (self.database, self.library, self.now, before) = (database, library, now, database.totalChangesCount)
    }

    /// Books a finished file; returns when it was first booked there with these bytes: RFC 3339, in UTC.
    package func keep(_ track: CataloguedTrack) throws(Failure) -> String {
        try execute(
            Self.keepTrack,
            [
                track.id, track.path, track.bytes, track.sha256, track.format.rawValue, track.quality, track.wanted,
                track.duration, storable(track.title), storable(track.artist), storable(track.album),
                track.sourceSHA256, track.section,
                track.matchKey, track.albumKey, track.isrc, track.recordingID, track.modified, track.artwork, now
            ])
        return try asking {
            let statement = try database.cachedStatement(sql: "SELECT recorded_at FROM track WHERE id = ?")
            return try String.fetchOne(statement, arguments: [track.id])
        } ?? now
    }

    /// The track with this id; nil if the catalogue does not have it.
    package func track(_ id: String) throws(Failure) -> CataloguedTrack? {
        try asking {
            let statement = try database.cachedStatement(sql: "SELECT * FROM track WHERE id = ?")
            return try CataloguedTrack.fetchOne(statement, arguments: [id])
        }
    }

    /// The file of the track with this id, with the time of its booking.
    package func file(_ id: String) throws(Failure) -> CataloguedFile? {
        try asking {
            let statement = try database.cachedStatement(sql: "\(CataloguedFile.query) WHERE id = ?")
            return try CataloguedFile.fetchOne(statement, arguments: [id])
        }
    }

    /// Records a collection's track at a place, counted from 1, whether or not the track is in the library.
    package func keep(member track: String, of collection: String, at seq: Int) throws(Failure) {
        try execute(
            """
            INSERT INTO member (collection, seq, track) VALUES (?, ?, ?)
            ON CONFLICT (collection, seq) DO UPDATE SET track = excluded.track WHERE track <> excluded.track
            """, [collection, seq, track])
    }

    /// Forgets the members after a place, counted from 1, of a collection that became shorter.
    package func forgetMembers(of collection: String, after seq: Int) throws(Failure) {
        try execute("DELETE FROM member WHERE collection = ? AND seq > ?", [collection, seq])
    }

    /// Records a failure, replacing an earlier one of the same item at the same stage.
    package func keep(_ failure: CataloguedFailure) throws(Failure) {
        try execute(
            """
            INSERT OR REPLACE INTO failure (id, stage, parent, seq, class, code, message, host, record, failed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                failure.id, storable(failure.stage), failure.parent, failure.seq, storable(failure.class),
                storable(failure.code), storable(failure.message), storable(failure.host), failure.record, now
            ])
    }

    /// Records that all failures of an item are resolved.
    package func solve(_ id: String) throws(Failure) {
        try execute("UPDATE failure SET solved_at = ? WHERE id = ? AND solved_at IS NULL", [now, id])
    }

    func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws(Failure) {
        try asking { try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments)) }
    }

    /// A file that was written since gets a new time of booking, even with the same bytes: else it would count as edited.
    private static let keepTrack = """
        INSERT INTO track (id, path, bytes, sha256, format, quality, wanted, duration_s, title, artist, album,
            source_sha256, section, match_key, album_key, isrc, recording_id, modified_ns, artwork,
            recorded_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            (path, bytes, sha256, format, quality, wanted, duration_s, title, artist, album, source_sha256, section,
            match_key, album_key, isrc, recording_id, modified_ns, artwork, recorded_at)
            = (excluded.path, excluded.bytes, excluded.sha256, excluded.format,
            iif(excluded.quality IS NULL AND excluded.format = format, quality, excluded.quality),
            iif(excluded.quality IS NULL AND excluded.format = format, wanted, excluded.wanted),
            excluded.duration_s, excluded.title, excluded.artist, excluded.album,
            coalesce(excluded.source_sha256, source_sha256), excluded.section, excluded.match_key,
            excluded.album_key, excluded.isrc, excluded.recording_id, excluded.modified_ns, excluded.artwork,
            iif((path, bytes, sha256, modified_ns)
                IS (excluded.path, excluded.bytes, excluded.sha256, excluded.modified_ns),
                recorded_at, excluded.recorded_at))
        WHERE (path, bytes, sha256, format, quality, wanted, duration_s, title, artist, album, source_sha256, section,
            modified_ns, artwork)
            IS NOT (excluded.path, excluded.bytes, excluded.sha256, excluded.format,
            iif(excluded.quality IS NULL AND excluded.format = format, quality, excluded.quality),
            iif(excluded.quality IS NULL AND excluded.format = format, wanted, excluded.wanted),
            excluded.duration_s, excluded.title, excluded.artist, excluded.album,
            coalesce(excluded.source_sha256, source_sha256), excluded.section, excluded.modified_ns, excluded.artwork)
        """
}
