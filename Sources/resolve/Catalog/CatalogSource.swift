import Web
import Wire

/// A catalog of the documented public shape as a source.
final class CatalogSource: Source {
    var name: String { catalog.name }
    var links: LinkSource { .server(catalog.address) }
    let catalog: Catalog
    private let albums: Albums
    private let choice: MediaChoice
    /// Which of an artist's releases are taken.
    private let include: Set<ReleaseType>
    /// Whether the row of a list and its album are enough for a track, without a request for the track.
    private let isQuick: Bool

    /// Without `albums`, it keeps its own.
    init(
        catalog: Catalog, choice: MediaChoice, include: Set<ReleaseType>, isQuick: Bool, albums: Albums? = nil
    ) {
        (self.catalog, self.choice, self.include, self.isQuick) = (catalog, choice, include, isQuick)
        self.albums = albums ?? Albums(catalog: catalog)
    }

    func choosing(_ options: ReferenceOptions) -> any Source {
        CatalogSource(
            catalog: catalog, choice: choice.with(options),
            include: options.include.isEmpty ? include : Set(options.include), isQuick: isQuick, albums: albums)
    }

    func track(_ id: String, told: Track?) throws(Failure) -> Known {
        if isQuick, let told, let known = try quick(told, id) { return known }
        let row: Row
        do throws(Failure) {
            row = try self.row(id)
        } catch let error where error.class == .permanent && error.code != Catalog.otherID {
            // A list may hold tracks that cannot be requested by themselves.
            guard let told, let known = try quick(told, id) else { throw error }
            return known
        }
        return try known(row, told)
    }

    func media(_ id: String) throws(Failure) -> Media {
        if choice.isPreview { return try preview(try row(id)) }
        return try choice.pick(from: try catalog.manifest(track: id, formats: choice.wishes))
    }

    func expand(_ reference: Reference, _ each: EachRow) throws(Failure) -> Collection {
        let document = try catalog.object(reference.kind, reference.id)
        switch reference.kind {
        case .artist: return try expand(artist: reference.id, document, each)
        case .album: return try expand(album: reference.id, document, each)
        case .playlist, .track, .own: return try expand(playlist: reference.id, document, each)
        }
    }

    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [Found] {
        try catalog.search(text, kind, limit: limit).compactMap(\.object).compactMap { object in
            guard let id = object["id"]?.identifier else { return nil }
            let reference = Reference(catalog: name, kind: kind, id: id)
            if kind == .track { return Found(reference: reference, track: Row(object)?.track, summary: nil) }
            return Found(reference: reference, track: nil, summary: summary(object, kind))
        }
    }

    private func expand(playlist id: String, _ document: JSONObject, _ each: EachRow) throws(Failure) -> Collection {
        var collection = Collection(
            total: document["nb_tracks"]?.integer, count: 0, summary: summary(document, .playlist))
        try expand(pagesOf: .playlist, id, nil, document, &collection, each)
        return collection
    }

    /// Passes on each row of a list's pages.
    private func expand(
        pagesOf kind: Reference.Kind, _ id: String, _ album: String?, _ document: JSONObject,
        _ collection: inout Collection, _ each: EachRow
    ) throws(Failure) {
        try catalog.pages(kind, id, auth: document["auth"]?.string) { rows, total throws(Failure) in
            collection.total = [collection.total, total].compactMap(\.self).max()
            collection.count += rows.count
            for row in rows { try each(listed(row, album)) }
            return true
        }
    }

    private func expand(album id: String, _ document: JSONObject, _ each: EachRow) throws(Failure) -> Collection {
        let album = try albums.album(id, from: document)
        for row in album.rows { try each(listed(row, id)) }
        var collection = Collection(
            total: album.announced, count: album.rows.count, summary: summary(document, .album))
        if album.rows.isEmpty { try expand(pagesOf: .album, id, id, document, &collection, each) }
        return collection
    }

    /// All tracks of all of an artist's releases, one release after another.
    private func expand(artist id: String, _ document: JSONObject, _ each: EachRow) throws(Failure) -> Collection {
        var (releases, listed, announced): ([String], Int, Int) = ([], 0, 0)
        try catalog.pages(.artist, id, of: "albums", auth: document["auth"]?.string) { rows, total in
            (listed, announced) = (listed + rows.count, max(announced, total ?? 0))
            releases += rows.compactMap(\.object).filter { self.counts($0) }.compactMap { $0["id"]?.identifier }
            return true
        }
        var collection = Collection(artist: summary(document, .artist))
        for release in releases {
            collection.take(try expand(album: release, try catalog.object(.album, release), each))
        }
        collection.missingReleases = max(0, announced - listed)
        return collection
    }

    private func counts(_ release: JSONObject) -> Bool {
        guard let type = release["record_type"]?.string.flatMap(ReleaseType.init(catalog:)) else { return true }
        return include.contains(type)
    }

    private func listed(_ json: JSON, _ album: String?) -> Result<Listed, Failure> {
        guard let row = json.object.flatMap(Row.init) else {
            return .failure(.permanent("bad_row", "the row has no id"))
        }
        return .success(.member(member(row, album)))
    }

    /// A row of a list; the rows of an album do not name the album.
    func member(_ row: Row, _ album: String? = nil) -> Member {
        var told = row.track
        told.albumID = (row.album ?? album).map { albumPrefix + $0 }
        let track = told
        return Member(id: row.id, row: track) { () throws(Failure) in
            if self.isQuick, let known = try self.quick(track, row.id, row) { return known }
            return try self.track(row.id, told: track)
        }
    }

    /// A track from a list's row and the album that it names; nil if it names none.
    private func quick(_ told: Track, _ id: String, _ row: Row? = nil) throws(Failure) -> Known? {
        guard told.title != nil, let album = album(of: told) else { return nil }
        var track = told
        try albums.album(album).complete(&track, id: id)
        return Known(track: track) { () throws(Failure) in
            guard self.choice.isPreview else { return try self.media(id) }
            guard let row else { return try self.preview(try self.row(id)) }
            return try self.preview(row)
        }
    }

    /// With the album that the track's own document names, if any.
    func known(_ row: Row, _ told: Track?) throws(Failure) -> Known {
        var track = row.track
        if let album = row.album ?? told.flatMap(album) { try albums.album(album).complete(&track, id: row.id) }
        return Known(track: track) { () throws(Failure) in
            self.choice.isPreview ? try self.preview(row) : try self.media(row.id)
        }
    }

    private var albumPrefix: String { "\(name):album:" }

    /// The catalog's own id of a track's album, without the prefix.
    private func album(of track: Track) -> String? {
        guard let id = track.albumID, id.utf8.starts(with: albumPrefix.utf8) else { return nil }
        return String(decoding: id.utf8.dropFirst(albumPrefix.utf8.count), as: UTF8.self)
    }

    /// A track's preview; if it has none, a stand-in for the track may.
    private func preview(_ row: Row) throws(Failure) -> Media {
        guard let url = row.preview else {
            throw .permanent("no_preview", "the catalog has no preview of this track", host: catalog.host)
        }
        var media = Media(url: url, format: .mp3)
        media.quality = "preview"
        return media
    }

    private func row(_ id: String) throws(Failure) -> Row {
        guard let row = Row(try catalog.object(.track, id)) else {
            throw .transient(
                "bad_document", "\(catalog.host) gives no id for track \(id); \(Catalog.advice)", host: catalog.host)
        }
        return row
    }

    /// Nil when the catalog does not have it; a failure that may pass is thrown.
    func knownRow(_ id: String) throws(Failure) -> Row? {
        do throws(Failure) {
            return try row(id)
        } catch let error where error.class == .permanent {
            return nil
        }
    }

    private func summary(_ document: JSONObject, _ kind: Reference.Kind) -> CollectionSummary {
        let creator = document[kind == .album ? "artist" : "creator"]?.single?["name"]?.string
        return CollectionSummary(
            type: kind.rawValue, title: (document["title"] ?? document["name"])?.string, creator: creator,
            artworkURL: coverURL(document) ?? pictureURL(document, "picture"))
    }
}
