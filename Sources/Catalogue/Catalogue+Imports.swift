import Files
import GRDB
import Wire

extension Catalogue {
    /// The prefix of the id of an imported file that no catalog's track has claimed yet.
    package static let importedPrefix = "file:track:"

    /// The imported file that holds this recording, if it is still there with its size; `isFree` says whether a path belongs
    /// to no other track.
    package func imported(_ track: Track, isFree: (String) -> Bool = { _ in true }) throws(Failure) -> Placed? {
        guard try hasImports() else { return nil }
        let recording = Recording(track)
        if let isrc = recording.isrc {
            let files = try files(isrc: isrc).filter { Recording.agree($0, track, byISRC: true) }
            if let placed = placed(files, isFree) { return placed }
        }
        guard let key = recording.key else { return nil }
        return placed(try files(key: key).filter { Recording.agree($0, track, byISRC: false) }, isFree)
    }

    /// Whether an archive list says that this id is kept elsewhere.
    package func owns(id: String) throws(Failure) -> Bool {
        guard !id.utf8.contains(0) else { return false }
        return try read { database in
            guard try database.tableExists("owned") else { return false }
            let statement = try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM owned WHERE id = ?)")
            return try Bool.fetchOne(statement, arguments: [id]) ?? false
        } ?? false
    }

    /// Whether any imported file waits to be claimed; without one, no title has to be compared.
    private func hasImports() throws(Failure) -> Bool {
        try look { database in
            guard try Self.tellsImports(database) else { return false }
            let statement = try database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM track WHERE match_key IS NOT NULL)")
            return try Bool.fetchOne(statement) ?? false
        } ?? false
    }

    /// Whether the catalogue is new enough to tell imported files from others.
    private static func tellsImports(_ database: Database) throws -> Bool {
        try database.columns(in: "track").contains { $0.name == "match_key" }
    }

    private func files(isrc: String) throws(Failure) -> [CataloguedTrack] {
        try read { try imported($0, "AND isrc = ? LIMIT 64", [isrc]) } ?? []
    }

    private func files(key: String) throws(Failure) -> [CataloguedTrack] {
        try read { database in
            if try Schema.hasKeys(database) { return try imported(database, "AND match_key = ?", [key]) }
            return try imported(database, "", []).filter { Recording($0.recording).key == key }
        } ?? []
    }

    private func imported(
        _ database: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [CataloguedTrack] {
        guard try Self.tellsImports(database) else { return [] }
        return try CataloguedTrack.fetchAll(
            database, sql: "SELECT * FROM track WHERE match_key IS NOT NULL \(condition)", arguments: arguments)
    }

    private func placed(_ files: [CataloguedTrack], _ isFree: (String) -> Bool) -> Placed? {
        files.map { $0.placed(in: library) }.first { isFree($0.path) && fileSize($0.path) == $0.bytes }
    }
}

extension Change {
    /// Records that a track is kept elsewhere; false if that was known.
    package func keep(owned id: String) throws(Failure) -> Bool {
        let before = database.totalChangesCount
        try execute("INSERT OR IGNORE INTO owned (id, owned_at) VALUES (?, ?)", [id, now])
        return database.totalChangesCount > before
    }

    /// Forgets imported files that no track has claimed, and the ids kept elsewhere; returns how many rows that were.
    package func forgetImports() throws(Failure) -> Int {
        let before = database.totalChangesCount
        try execute("DELETE FROM track WHERE match_key IS NOT NULL", [])
        try execute("DELETE FROM owned", [])
        return database.totalChangesCount - before
    }

    /// Whether a file belongs to another track; imported files that wait to be claimed do not count.
    package func isTaken(_ track: CataloguedTrack) throws(Failure) -> Bool {
        try asking {
            try CataloguedFile.isTaken(
                track.path, from: track.id, in: library, database, where: "AND match_key IS NULL")
        }
    }

    /// Gives an imported file a catalog's id for it; what its tags said stays where the catalog says nothing.
    package func adopt(_ track: CataloguedTrack) throws(Failure) {
        let imported = "path = ?1 AND match_key IS NOT NULL AND id <> ?2"
        try execute(
            """
            UPDATE track SET section = json_patch(section, (SELECT section FROM track WHERE id = ?2))
            WHERE \(imported) AND section IS NOT NULL AND (SELECT section FROM track WHERE id = ?2) IS NOT NULL
            """, [track.path, track.id])
        try execute(
            """
            UPDATE track SET section = (SELECT section FROM track WHERE \(imported))
            WHERE id = ?2 AND EXISTS (SELECT 1 FROM track WHERE \(imported) AND section IS NOT NULL)
            """, [track.path, track.id])
        try execute(
            """
            UPDATE track SET (album_key, isrc, recording_id) = (
                SELECT coalesce(track.album_key, file.album_key), coalesce(track.isrc, file.isrc),
                    coalesce(track.recording_id, file.recording_id)
                FROM track AS file WHERE file.path = ?1 AND file.match_key IS NOT NULL AND file.id <> ?2)
            WHERE id = ?2 AND EXISTS (SELECT 1 FROM track WHERE \(imported))
            """, [track.path, track.id])
        try execute("DELETE FROM track WHERE \(imported)", [track.path, track.id])
    }
}
