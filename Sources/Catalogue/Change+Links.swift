import GRDB
import Wire

/// A further name of a track's file, in a playlist's folder.
package struct CataloguedLink {
    /// The track's place in the playlist, counted from 1.
    package let seq: Int
    /// Relative to the library's folder.
    package let path: String
    /// Of the file when the link was made, as 64 hex digits.
    package let sha256: String

    package init(seq: Int, path: String, sha256: String) { (self.seq, self.path, self.sha256) = (seq, path, sha256) }
}

extension Change {
    /// The links of a playlist, by their places, counted from 1.
    package func links(of collection: String) throws(Failure) -> [Int: CataloguedLink] {
        let links = try asking {
            let statement = try database.cachedStatement(sql: "SELECT seq, path, sha256 FROM link WHERE collection = ?")
            return try CataloguedLink.fetchAll(statement, arguments: [collection])
        }
        return Dictionary(links.map { ($0.seq, $0) }) { $1 }
    }

    /// Passes the tracks of a playlist that are in the library to `body`, in order and with their places, counted from 1;
    /// with `track` only that one, once for each of its places.
    ///
    /// - Throws: what ``Change`` and the body throw.
    package func eachMember(
        of collection: String, only track: String?, _ body: (Int, CataloguedTrack) throws(Failure) -> Void
    ) throws(Failure) {
        let rows = try asking {
            let statement = try database.cachedStatement(
                sql: """
                    SELECT member.seq, track.* FROM member JOIN track ON track.id = member.track
                    WHERE member.collection = ?1 AND (?2 IS NULL OR member.track = ?2) ORDER BY member.seq
                    """)
            return try Row.fetchAll(statement, arguments: [collection, track])
        }
        for row in rows {
            let (seq, track) = try asking { try (row["seq"] as Int, CataloguedTrack(row: row)) }
            try body(seq, track)
        }
    }

    /// Stores the link at its place in a playlist.
    package func keep(_ link: CataloguedLink, of collection: String) throws(Failure) {
        try execute(
            "INSERT OR REPLACE INTO link (collection, seq, path, sha256) VALUES (?, ?, ?, ?)",
            [collection, link.seq, link.path, link.sha256])
    }

    /// Forgets the link at a place, counted from 1.
    package func forgetLink(of collection: String, at seq: Int) throws(Failure) {
        try execute("DELETE FROM link WHERE collection = ? AND seq = ?", [collection, seq])
    }
}

extension Catalogue {
    /// Passes the path of each link, relative to the library's folder, to `body`.
    package func eachLink(_ body: (String) -> Void) throws(Failure) {
        try read { database in
            guard try database.tableExists("link") else { return }
            let paths = try String.fetchCursor(database, sql: "SELECT path FROM link")
            while let path = try paths.next() { body(path) }
        } ?? ()
    }
}

extension CataloguedLink: FetchableRecord {
    /// - Throws: what becomes `bad_catalogue`: a value of the wrong type.
    package init(row: Row) throws { try self.init(seq: row["seq"], path: row["path"], sha256: row["sha256"]) }
}
