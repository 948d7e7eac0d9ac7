import Wire

/// Recently used albums, so that the two requests for an album are made once for all of its tracks, in all processes
/// that share them.
final class Albums {
    private let catalog: Catalog
    private var known: [String: Album] = [:]
    private var order: [String] = []
    private var heldRows = 0

    /// How many rows are kept over all albums, and how many one album may have to be kept at all.
    private static let capacity = 4_000
    private static let largest = 1_000

    init(catalog: Catalog) { self.catalog = catalog }

    /// The album with its numbering; an album that the catalog does not have adds nothing, and is not a failure.
    func album(_ id: String) throws(Failure) -> Album {
        if let album = known[id] { return album }
        do throws(Failure) {
            return try album(id, from: try catalog.object(.album, id, .kept), .kept)
        } catch let error where error.class == .permanent && error.code != Catalog.otherID {
            let album = Album(id: name(id), JSONObject())
            keep(album, id)
            return album
        }
    }

    /// The same, from the album's own document, with its list from that source.
    func album(_ id: String, from document: JSONObject, _ source: DocumentSource = .request) throws(Failure) -> Album {
        if let album = known[id] { return album }
        var album = Album(id: name(id), document)
        var rows: [JSON] = []
        try catalog.pages(.album, id, source, auth: document["auth"]?.string) { page, total in
            album.announced = max(total ?? 0, album.announced ?? 0)
            rows += page
            return rows.count <= Self.largest
        }
        if rows.count <= Self.largest { album.number(rows) }
        keep(album, id)
        return album
    }

    private func name(_ id: String) -> String { "\(catalog.name):album:\(id)" }

    private func keep(_ album: Album, _ id: String) {
        known[id] = album
        order.append(id)
        heldRows += album.rows.count + 1
        while heldRows > Self.capacity, order.count > 1 {
            heldRows -= (known.removeValue(forKey: order.removeFirst())?.rows.count ?? 0) + 1
        }
    }
}
