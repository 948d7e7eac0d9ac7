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

    /// Computes title keys and ISRCs of all files that have a title or an ISRC.
    static func keepTitles(_ database: Database) throws {
        let files = try CataloguedTrack.fetchCursor(database, sql: "SELECT * FROM track WHERE section IS NOT NULL")
        var all: [(id: String, recording: Recording)] = []
        while let file = try files.next() { all.append((file.id, Recording(file.recording))) }
        let statement = try database.makeStatement(sql: "UPDATE track SET title_key = ?, isrc = ? WHERE id = ?")
        for (id, recording) in all { try statement.execute(arguments: [recording.key, recording.isrc, id]) }
    }
}
