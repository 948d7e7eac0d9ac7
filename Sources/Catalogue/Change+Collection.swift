import Files
import GRDB
import Wire

extension Change {
    /// The collection with this id; nil if the catalogue does not have it.
    package func collection(_ id: String) throws(Failure) -> CataloguedCollection? {
        try asking {
            try CataloguedCollection.fetchOne(database, sql: "SELECT * FROM collection WHERE id = ?", arguments: [id])
        }
    }

    /// Stores a collection as it is given.
    package func keep(_ collection: CataloguedCollection) throws(Failure) {
        try execute(
            Self.keepCollection,
            [
                collection.id, storable(collection.type), storable(collection.title), storable(collection.creator),
                storable(collection.artworkURL), collection.children, collection.total, collection.playlist,
                collection.formerPlaylist, collection.finishedAt
            ])
    }

    /// Records that a collection is complete and that its playlist file, if it has one, is written.
    package func finish(_ id: String) throws(Failure) {
        try execute(
            """
            UPDATE collection SET finished_at = coalesce(finished_at, ?), former_playlist = NULL
            WHERE id = ? AND (finished_at IS NULL OR former_playlist IS NOT NULL)
            """, [now, id])
    }

    /// Whether another collection has, or had, a playlist file of this name; ASCII letters match in either case.
    package func isTaken(playlist name: String, by other: String) throws(Failure) -> Bool {
        try asking {
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM collection
                    WHERE id <> :id AND (playlist = :name OR former_playlist = :name COLLATE NOCASE))
                    """, arguments: ["id": other, "name": name])
        } ?? false
    }

    /// The finished collections whose playlist file names a track, in no order.
    package func playlists(with track: String) throws(Failure) -> [CataloguedCollection] {
        try asking {
            let statement = try database.cachedStatement(
                sql: """
                    SELECT * FROM collection WHERE playlist IS NOT NULL AND finished_at IS NOT NULL
                    AND id IN (SELECT collection FROM member WHERE track = ?)
                    """)
            return try CataloguedCollection.fetchAll(statement, arguments: [track])
        }
    }

    /// The entries of a collection's playlist file, in its order.
    package func entries(of collection: String) throws(Failure) -> [Playlist.Entry] {
        try asking {
            let statement = try database.cachedStatement(sql: Self.entries)
            return try Playlist.Entry.fetchAll(statement, arguments: [collection])
        }
    }

    private static let entries = """
        SELECT member.track,
            coalesce(track.title, CAST(json_extract(failure.record, '$.track.title') AS TEXT)),
            coalesce(track.artist, CAST(json_extract(failure.record, '$.track.artist') AS TEXT)),
            track.duration_s, iif(track.id IS NULL, NULL, coalesce(link.path, track.path)), failure.class || ' ' || failure.code
        FROM member
        LEFT JOIN track ON track.id = member.track
        LEFT JOIN link ON (link.collection, link.seq) = (member.collection, member.seq)
        LEFT JOIN failure ON track.id IS NULL AND failure.rowid =
            (SELECT max(rowid) FROM failure AS latest WHERE latest.id = member.track AND latest.solved_at IS NULL)
        WHERE member.collection = ?
        ORDER BY member.seq
        """

    private static let keepCollection = """
        INSERT INTO collection (id, type, title, creator, artwork_url, children, total, playlist, former_playlist,
            finished_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            (type, title, creator, artwork_url, children, total, playlist, former_playlist, finished_at)
            = (excluded.type, excluded.title, excluded.creator, excluded.artwork_url, excluded.children,
            excluded.total, excluded.playlist, excluded.former_playlist, excluded.finished_at)
        WHERE (type, title, creator, artwork_url, children, total, playlist, former_playlist, finished_at)
            IS NOT (excluded.type, excluded.title, excluded.creator, excluded.artwork_url, excluded.children,
            excluded.total, excluded.playlist, excluded.former_playlist, excluded.finished_at)
        """
}

extension Playlist.Entry: FetchableRecord {
    /// By position, since a long playlist is read often.
    ///
    /// - Throws: what becomes `bad_catalogue`: a value of the wrong type.
    package init(row: Row) throws {
        try self.init(id: row[0], title: row[1], artist: row[2], duration: row[3], path: row[4], failure: row[5])
    }
}
