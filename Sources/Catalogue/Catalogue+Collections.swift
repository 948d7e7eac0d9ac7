import GRDB
import Wire

extension Catalogue {
    /// An album or a playlist as its last `done` described it; nil if the catalogue does not have it.
    package func collection(_ id: String) throws(Failure) -> CataloguedCollection? {
        guard !id.utf8.contains(0) else { return nil }
        return try read { database in
            try CataloguedCollection.fetchOne(database, sql: "SELECT * FROM collection WHERE id = ?", arguments: [id])
        } ?? nil
    }

    /// The ids of a collection's tracks in its order, in the library or not.
    package func members(of collection: String) throws(Failure) -> [String] {
        guard !collection.utf8.contains(0) else { return [] }
        return try read { database in
            try String.fetchAll(
                database, sql: "SELECT track FROM member WHERE collection = ? ORDER BY seq", arguments: [collection])
        } ?? []
    }

    /// Whether any collection other than these holds a track.
    package func isHeld(_ track: String, excluding others: [String]) throws(Failure) -> Bool {
        let holders =
            try read { database in
                try String.fetchAll(
                    database, sql: "SELECT DISTINCT collection FROM member WHERE track = ?", arguments: [track])
            } ?? []
        return holders.contains { holder in !others.contains { $0.utf8.elementsEqual(holder.utf8) } }
    }
}
