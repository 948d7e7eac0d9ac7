import GRDB

/// An album or a playlist that was requested, as its last `done` described it.
package struct CataloguedCollection {
    package let id: String
    /// `album` or `playlist`, say.
    package var type: String
    package var title: String?
    package var creator: String?
    package var artworkURL: String?
    /// How many children were written.
    package var children: Int?
    /// How many children the catalog announced.
    package var total: Int?
    /// The name of its playlist file, once it has one; it is kept until the title changes.
    package var playlist: String?
    /// The name of an earlier playlist file that has yet to be removed.
    package var formerPlaylist: String?
    /// When it was complete: RFC 3339, in UTC.
    package var finishedAt: String?

    package init(id: String, type: String) { (self.id, self.type) = (id, type) }
}

extension CataloguedCollection: FetchableRecord {
    /// - Throws: what becomes `bad_catalogue`: a value of the wrong type.
    package init(row: Row) throws {
        try self.init(id: row["id"], type: row["type"])
        (title, creator, artworkURL) = try (row["title"], row["creator"], row["artwork_url"])
        (children, total) = try (row["children"], row["total"])
        (playlist, formerPlaylist, finishedAt) = try (row["playlist"], row["former_playlist"], row["finished_at"])
    }
}
