import Files
import GRDB
import Wire

/// A file of another source's track that holds the same recording.
package struct Twin: Sendable {
    package let track: CataloguedTrack
    /// Whether it was booked as the same recording before.
    package let isKnown: Bool
}

extension Catalogue {
    /// Other sources' tracks that hold the recording of this track of `id`, the one that it was recognised as before first.
    ///
    /// Their files may be gone.
    package func twins(of id: String, _ track: Track) throws(Failure) -> [Twin] {
        guard !id.utf8.contains(0) else { return [] }
        return try look { try Twins.all(of: id, track, in: $0) } ?? []
    }

    /// Whether somebody wrote to a track's file since it was booked, or it is not there.
    package func isTouched(id: String) throws(Failure) -> Bool {
        let file =
            try read {
                try CataloguedFile.fetchOne($0, sql: "\(CataloguedFile.query) WHERE id = ?", arguments: [id])
            } ?? nil
        guard let file, let status = FileStatus("\(library)/\(file.path)") else { return true }
        return !file.isUntouched(status)
    }
}

extension Change {
    /// The same as ``Catalogue/twins(of:_:)``.
    package func twins(of track: CataloguedTrack) throws(Failure) -> [Twin] {
        try asking { try Twins.all(of: track.id, track.recording, in: database) }
    }

    /// Whether a track's file is there, as it was booked or edited; nil if it is damaged. What is at the path of a `newcomer` that is
    /// not booked yet is the newcomer's, unless it is the track's as it was booked.
    package func isThere(_ track: CataloguedTrack, newcomer path: String? = nil) throws(Failure) -> Bool? {
        guard let status = FileStatus("\(library)/\(track.path)"), let file = try file(track.id) else { return false }
        if try asking({ try CataloguedFile.isTaken(file.path, from: file.id, in: library, database) }) { return false }
        if file.isUntouched(status) { return true }
        if let path, path.utf8.elementsEqual(file.path.utf8) { return false }
        return status.bytes == file.bytes || status.isWritten(since: file.booking) ? true : nil
    }

    /// Records that a track without a file of its own is the same recording as another: its places in collections are the
    /// other one's from now on.
    package func keep(twin id: String, of track: String) throws(Failure) {
        try execute("DELETE FROM track WHERE id = ?", [id])
        try execute("UPDATE member SET track = ? WHERE track = ?", [track, id])
        try execute("UPDATE twin SET track = ? WHERE track = ?", [track, id])
        try execute("INSERT OR REPLACE INTO twin (id, track) VALUES (?, ?)", [id, track])
    }

    /// Forgets that a track was taken for another one: it has a file of its own.
    package func forget(twin id: String) throws(Failure) { try execute("DELETE FROM twin WHERE id = ?", [id]) }
}

/// Finds the same recording among the files of other sources.
enum Twins {
    static func all(of id: String, _ track: Track, in database: Database) throws -> [Twin] {
        // A catalogue opened only to read may be older.
        guard try database.columns(in: "track").contains(where: { $0.name == "album_key" }) else { return [] }
        let recording = Recording(track)
        let statement = try database.cachedStatement(sql: query)
        let length = track.duration
        let rows = try Row.fetchAll(
            statement,
            arguments: [
                id, source(of: id), recording.isrc, recording.albumKey, length.map { $0 - Recording.tolerance },
                length.map { $0 + Recording.tolerance }, recording.id
            ])
        // One file may be found in several ways.
        var seen: Set<Int> = []
        return try rows.compactMap { row in
            let twin = try Twin(track: CataloguedTrack(row: row), isKnown: row["is_known"])
            guard twin.isKnown || Recording.isTwin(twin.track, of: track, recording) else { return nil }
            return seen.insert(twin.track.id.utf8Hash).inserted ? twin : nil
        }
    }

    /// The name of a catalog with its colon: what one source tells apart are different tracks.
    private static func source(of id: String) -> String {
        String(decoding: id.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self) + ":"
    }

    private static let others = "AND match_key IS NULL AND substr(id, 1, length(?2)) <> ?2"

    /// `*` comes last for the same reason as in ``CataloguedFile``.
    static let query = """
        SELECT 1 AS is_known, * FROM track WHERE id = (SELECT track FROM twin WHERE id = ?1)
        UNION ALL SELECT * FROM (SELECT 0, * FROM track WHERE isrc = ?3 \(others) LIMIT 64)
        UNION ALL SELECT * FROM (SELECT 0, * FROM track WHERE recording_id = ?7 \(others) LIMIT 64)
        UNION ALL SELECT * FROM
            (SELECT 0, * FROM track WHERE album_key = ?4 AND duration_s BETWEEN ?5 AND ?6 \(others) LIMIT 64)
        """
}
