import Wire

/// A catalog of the documented public shape as a source.
final class CatalogSource: Source {
    var name: String { catalog.name }
    let catalog: Catalog
    private let albums: Albums
    private let choice: MediaChoice
    /// Which of an artist's releases count.
    private let include: Set<ReleaseType>

    init(catalog: Catalog, choice: MediaChoice, include: Set<ReleaseType>) {
        (self.catalog, self.choice, self.include) = (catalog, choice, include)
        albums = Albums(catalog: catalog)
    }

    func track(_ id: String) throws(Failure) -> Known { try known(try row(id), nil) }

    func media(_ id: String) throws(Failure) -> Media {
        if choice.isPreview { return try preview(try row(id)) }
        return try choice.pick(from: try catalog.manifest(track: id, formats: choice.wishes))
    }

    func expand(_ reference: Reference, _ each: Child) throws(Failure) -> Collection {
        let document = try catalog.object(reference.kind, reference.id)
        switch reference.kind {
        case .artist: return try expand(artist: reference.id, document, each)
        case .album: return try expand(album: reference.id, document, each)
        case .playlist, .track: return try expand(playlist: reference.id, document, each)
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

    private func expand(playlist id: String, _ document: JSONObject, _ each: Child) throws(Failure) -> Collection {
        let total = try expand(pagesOf: .playlist, id, nil, each) ?? document["nb_tracks"]?.integer
        return Collection(total: total, summary: summary(document, .playlist))
    }

    /// Hands on each row of a list's pages; the answer is how many they announced.
    private func expand(
        pagesOf kind: Reference.Kind, _ id: String, _ album: Album?, _ each: Child
    ) throws(Failure) -> Int? {
        var total: Int?
        try catalog.pages(kind, id) { rows, announced throws(Failure) in
            total = announced ?? total
            for row in rows { try each(member(row, album)) }
            return true
        }
        return total
    }

    private func expand(album id: String, _ document: JSONObject, _ each: Child) throws(Failure) -> Collection {
        let album = try albums.album(id, from: document)
        for row in album.rows { try each(member(row, album)) }
        let announced = album.rows.isEmpty ? try expand(pagesOf: .album, id, album, each) : nil
        return Collection(total: announced ?? document["nb_tracks"]?.integer, summary: summary(document, .album))
    }

    /// All tracks of all that the artist released, one release after the other.
    private func expand(artist id: String, _ document: JSONObject, _ each: Child) throws(Failure) -> Collection {
        var releases: [String] = []
        try catalog.pages(.artist, id, of: "albums") { rows, _ in
            releases += rows.compactMap(\.object).filter { self.counts($0) }.compactMap { $0["id"]?.identifier }
            return true
        }
        for release in releases {
            _ = try expand(album: release, try catalog.object(.album, release), each)
        }
        return Collection(total: nil, summary: summary(document, .artist))
    }

    private func counts(_ release: JSONObject) -> Bool {
        guard let type = release["record_type"]?.string.flatMap(ReleaseType.init(catalog:)) else { return true }
        return include.contains(type)
    }

    private func member(_ json: JSON, _ album: Album?) -> Result<Member, Failure> {
        guard let row = json.object.flatMap(Row.init) else {
            return .failure(.permanent("bad_row", "the row has no id"))
        }
        return .success(member(row, album))
    }

    func member(_ row: Row, _ album: Album? = nil) -> Member {
        Member(id: row.id, row: row.track) { () throws(Failure) in try self.known(row, album) }
    }

    private func known(_ row: Row, _ album: Album?) throws(Failure) -> Known {
        var row = row
        var track = row.track
        var details = album
        if details == nil, let id = row.album { details = try albums.album(id) }
        details?.complete(&track, id: row.id)
        if track.trackNumber == nil, album == nil, let full = try knownRow(row.id) {
            row = full
            track = full.track
            details?.complete(&track, id: row.id)
        }
        return Known(track: track) { () throws(Failure) in
            self.choice.isPreview ? try self.preview(row) : try self.media(row.id)
        }
    }

    /// Of a track that cannot be heard another telling of it may have one.
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
            throw .transient("bad_document", "the catalog's track \(id) has no id", host: catalog.host)
        }
        return row
    }

    /// Nil when the catalog does not have it; what may yet be had is a failure.
    func knownRow(_ id: String) throws(Failure) -> Row? {
        do throws(Failure) {
            return try row(id)
        } catch let error where error.class == .permanent {
            return nil
        }
    }

    private func summary(_ document: JSONObject, _ kind: Reference.Kind) -> CollectionSummary {
        let creator = document[kind == .album ? "artist" : "creator"]?.object?["name"]?.string
        return CollectionSummary(
            type: kind.rawValue, title: (document["title"] ?? document["name"])?.string, creator: creator,
            artworkURL: coverURL(document) ?? pictureURL(document, "picture"))
    }
}
