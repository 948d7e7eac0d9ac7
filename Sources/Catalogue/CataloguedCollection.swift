import GRDB

/// An album or a playlist that was asked for, as its last `done` told of it.
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
    /// A playlist file that it had before and that is to be removed.
    package var formerPlaylist: String?
    package var finishedAt: String?

    package init(id: String, type: String) { (self.id, self.type) = (id, type) }
}

extension CataloguedCollection: FetchableRecord {
    package init(row: Row) {
        self.init(id: row["id"], type: row["type"])
        (title, creator, artworkURL) = (row["title"], row["creator"], row["artwork_url"])
        (children, total) = (row["children"], row["total"])
        (playlist, formerPlaylist, finishedAt) = (row["playlist"], row["former_playlist"], row["finished_at"])
    }
}
