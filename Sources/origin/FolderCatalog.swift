import Files
import Wire

/// The shelf as documents of the catalog's shape: track numbers only where catalogs give them.
struct FolderCatalog {
    let shelf: Shelf
    /// The beginning of absolute URLs, such as `http://127.0.0.1:8098`.
    let base: String

    /// How many rows an album's or a playlist's own document has at most.
    private static let embeddedRows = 100

    func track(_ song: FolderTrack) -> JSON {
        row(song).with([
            "isrc": song.tags.isrc.map(JSON.string),
            "track_position": song.tags.trackNumber.map(JSON.integer),
            "disk_number": song.tags.discNumber.map(JSON.integer),
            "release_date": .string(date(song.tags.releaseDate)),
            "bpm": .number(song.tags.bpm ?? 0),
            "gain": .number(0),
            "available_countries": .array([]),
            "contributors": contributors(song),
            "album": shelf.album(song.album).map(albumInTrack)
        ])
    }

    func album(_ album: FolderAlbum) -> JSON {
        let songs = songs(album.songs)
        let seconds = songs.reduce(0) { $0 + ($1.tags.duration ?? 0) }
        let genres = songs.flatMap(\.tags.genres).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return albumHead(album).with([
            "upc": songs.lazy.compactMap(\.tags.upc).first.map(JSON.string),
            "share": .string("\(base)/album/\(album.id)"),
            "genre_id": .integer(genres.isEmpty ? -1 : 1),
            "genres": list(genres.enumerated().map { genre($1, $0 + 1) }),
            "label": songs.lazy.compactMap(\.tags.label).first.map(JSON.string),
            "nb_tracks": .integer(songs.count), "duration": .integer(Int(seconds)), "fans": .integer(0),
            "release_date": .string(date(album.releaseDate)),
            "record_type": .string(recordType(album)), "available": .boolean(true),
            "explicit_lyrics": .boolean(false), "explicit_content_lyrics": .integer(2),
            "explicit_content_cover": .integer(2),
            "contributors": .array([artist(album.artist).with(["role": .string("Main")])]),
            "artist": artist(album.artist), "type": .string("album"),
            "tracks": list(songs.prefix(Self.embeddedRows).map(row))
        ])
    }

    /// An album as a row of an artist's albums or of search results.
    func release(_ album: FolderAlbum) -> JSON {
        albumHead(album).with([
            "release_date": .string(date(album.releaseDate)), "record_type": .string(recordType(album)),
            "nb_tracks": .integer(album.songs.count), "type": .string("album")
        ])
    }

    func artistAlone(_ id: Int) -> JSON {
        artist(id).with([
            "link": .string("\(base)/artist/\(id)"), "nb_fan": .integer(0), "radio": .boolean(false),
            "nb_album": .integer(shelf.albums.count { $0.artist == id })
        ])
    }

    private func recordType(_ album: FolderAlbum) -> String { album.songs.count == 1 ? "single" : "album" }

    func playlist(_ playlist: FolderPlaylist) -> JSON {
        let songs = songs(playlist.songs)
        let checksum = SHA256.of(songs.map { "\($0.id)" }.joined(separator: ",")).prefix(32)
        let address = "\(base)/playlist/\(playlist.id)"
        return .object([
            "id": .integer(playlist.id), "title": .string(playlist.title), "description": .string(""),
            "duration": .integer(Int(songs.reduce(0) { $0 + ($1.tags.duration ?? 0) })), "public": .boolean(true),
            "is_loved_track": .boolean(false), "collaborative": .boolean(false), "nb_tracks": .integer(songs.count),
            "fans": .integer(0), "link": .string(address), "share": .string(address),
            "checksum": .string(String(checksum)),
            "tracklist": .string(address + "/tracks"),
            "creation_date": .string(time(songs.map(\.writtenAt).max() ?? 0)),
            "creator": .object([
                "id": .integer(1), "name": .string("origin"), "tracklist": .string(address + "/tracks"),
                "type": .string("user")
            ]),
            "type": .string("playlist"),
            "tracks": list(songs.prefix(Self.embeddedRows).map(rowInPlaylist))
        ])
    }

    /// A row of `/album/{id}/tracks`, which has its numbers and no album.
    func rowInAlbum(_ song: FolderTrack) -> JSON {
        row(song).with([
            "isrc": song.tags.isrc.map(JSON.string),
            "track_position": song.tags.trackNumber.map(JSON.integer),
            "disk_number": song.tags.discNumber.map(JSON.integer)
        ])
    }

    /// A row of `/playlist/{id}/tracks`, which has an album and no numbers.
    func rowInPlaylist(_ song: FolderTrack) -> JSON {
        row(song).with([
            "isrc": song.tags.isrc.map(JSON.string), "time_add": .integer(song.writtenAt),
            "contributors": contributors(song), "bpm": song.tags.bpm.map(JSON.number),
            "album": shelf.album(song.album).map(albumInTrack)
        ])
    }

    func songs(_ ids: some Sequence<Int>) -> [FolderTrack] { ids.compactMap(shelf.song) }
}
