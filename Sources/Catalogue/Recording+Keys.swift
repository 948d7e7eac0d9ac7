import GRDB

extension Recording {
    /// Recomputes the keys of all imported files.
    static func keepKeys(_ database: Database) throws {
        let files = try CataloguedTrack.fetchCursor(database, sql: "SELECT * FROM track WHERE match_key IS NOT NULL")
        var keys: [(id: String, key: String)] = []
        while let file = try files.next() { keys.append((file.id, Recording(file.recording).key ?? "")) }
        let statement = try database.makeStatement(sql: "UPDATE track SET match_key = ? WHERE id = ?")
        for (id, key) in keys { try statement.execute(arguments: [key, id]) }
    }

    /// Computes what every file is found by as a recording.
    static func keepAll(_ database: Database) throws {
        let files = try CataloguedTrack.fetchCursor(database, sql: "SELECT * FROM track WHERE section IS NOT NULL")
        var all: [(id: String, recording: Recording)] = []
        while let file = try files.next() { all.append((file.id, Recording(file.recording))) }
        let statement = try database.makeStatement(
            sql: "UPDATE track SET album_key = ?, isrc = ?, recording_id = ? WHERE id = ?")
        for (id, recording) in all {
            try statement.execute(arguments: [recording.albumKey, recording.isrc, recording.id, id])
        }
    }
}
