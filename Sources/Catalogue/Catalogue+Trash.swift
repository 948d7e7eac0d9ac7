import GRDB
import Wire

/// A track in the library's trash.
package struct TrashedTrack: Sendable {
    package let id: String
    /// The size of the audio.
    package let bytes: Int
    /// Of the audio, as 64 hex digits.
    package let sha256: String
    /// Its files, the audio first.
    package let files: [TrashedFile]
}

/// A file in the library's trash; both paths are relative to the library's folder.
package struct TrashedFile: Sendable {
    /// Where it was in the library.
    package let path: String
    /// Where it is now.
    package let place: String

    package init(path: String, place: String) { (self.path, self.place) = (path, place) }
}

extension Catalogue {
    /// The tracks in the trash, in no order.
    package func trashed() throws(Failure) -> [TrashedTrack] {
        try read { database in
            guard try database.tableExists("trashed") else { return [] }
            let sql = "SELECT id, files, json_extract(row, '$.bytes'), json_extract(row, '$.sha256') FROM trashed"
            return try Row.fetchAll(database, sql: sql).map { row in
                try TrashedTrack(id: row[0], bytes: row[2] ?? 0, sha256: row[3] ?? "", files: Self.pairs(row[1]))
            }
        } ?? []
    }

    /// The ids of tracks that left a mirrored list and have yet to go to the trash, sorted.
    package func departed(from collection: String) throws(Failure) -> [String] {
        guard !collection.utf8.contains(0) else { return [] }
        return try read { database in
            guard try database.tableExists("departed") else { return [] }
            let sql = "SELECT track FROM departed WHERE collection = ? ORDER BY track"
            return try String.fetchAll(database, sql: sql, arguments: [collection])
        } ?? []
    }

    private static func pairs(_ text: String) -> [TrashedFile] {
        (try? JSON(parsing: Array(text.utf8)))?.elements.compactMap { pair in
            let names = pair.elements.compactMap(\.string)
            return names.count == 2 ? TrashedFile(path: names[0], place: names[1]) : nil
        } ?? []
    }
}

extension Change {
    /// Records that tracks, by their ids, left a mirrored list.
    package func depart(_ tracks: [String], from collection: String) throws(Failure) {
        for track in tracks {
            try execute("INSERT OR IGNORE INTO departed (collection, track) VALUES (?, ?)", [collection, track])
        }
    }

    /// Forgets departures of tracks that a list holds again, or that the library does not have.
    package func forgetDepartures() throws(Failure) {
        try execute(
            """
            DELETE FROM departed WHERE EXISTS (SELECT 1 FROM member WHERE member.track = departed.track)
            OR NOT EXISTS (SELECT 1 FROM track WHERE track.id = departed.track)
            """, [])
    }

    /// Moves a track's row to the trash along with its files; nothing known about it is lost.
    package func trash(_ id: String, _ files: [TrashedFile]) throws(Failure) {
        if !files.isEmpty {
            let pairs = JSON.array(files.map { .strings([$0.path, $0.place]) })
            let members = try columns().map { "'\($0)', \($0)" }.joined(separator: ", ")
            try execute(
                """
                INSERT OR REPLACE INTO trashed (id, files, row)
                SELECT id, ?, json_object(\(members)) FROM track WHERE id = ?
                """, [String(decoding: pairs.text, as: UTF8.self), id])
        }
        try execute("DELETE FROM track WHERE id = ?", [id])
    }

    /// Books a track again after its files came back from the trash.
    package func restore(_ id: String) throws(Failure) {
        let columns = try columns()
        // It is booked anew at its path, where another track's file may have been since.
        let members = columns.map { $0 == "recorded_at" ? "?2" : "json_extract(row, '$.\($0)')" }
        try execute(
            """
            INSERT OR IGNORE INTO track (\(columns.joined(separator: ", ")))
            SELECT \(members.joined(separator: ", ")) FROM trashed WHERE id = ?1
            """, [id, now])
        try forget(trashed: id)
    }

    /// Forgets a track whose file in the trash is gone.
    package func forget(trashed id: String) throws(Failure) { try execute("DELETE FROM trashed WHERE id = ?", [id]) }

    private func columns() throws(Failure) -> [String] {
        try asking { try database.columns(in: "track").map(\.name) }
    }
}
