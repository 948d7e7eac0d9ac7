import Wire

/// What an album says about its tracks that their own rows lack.
struct Album {
    /// With the catalog's name in front.
    let id: String
    var title: String?
    var artist: String?
    var releaseDate: String?
    var genres: [String] = []
    var upc: String?
    var label: String?
    var cover: String?
    var artistPicture: String?
    /// Whether it is a compilation; nil if that is not known.
    var compilation: Bool?
    /// How many tracks it claims to have.
    var announced: Int?
    /// Its rows as the catalog sent them; empty when there are too many to keep.
    var rows: [JSON] = []
    private var positions: [String: Position] = [:]
    private var tracksOnDisc: [Int: Int] = [:]

    private struct Position {
        var track: Int?
        var disc: Int?
        var isrc: String?
    }

    init(id: String, _ object: JSONObject) {
        self.id = id
        title = object["title"]?.string
        artist = object["artist"]?.single?["name"]?.string
        releaseDate = object["release_date"]?.string.flatMap(knownDate)
        genres =
            (object["genres"]?.object?["data"] ?? object["genres"])?.listed.compactMap { $0.object?["name"]?.string }
            ?? []
        upc = object["upc"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        label = object["label"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        cover = coverURL(object)
        artistPicture = object["artist"]?.single.flatMap { pictureURL($0, "picture") }
        announced = object["nb_tracks"]?.integer
        compilation = ["compile", "compilation"].contains(object["record_type"]?.string) ? true : nil
    }

    /// Takes the track and disc numbers from all rows of the album.
    mutating func number(_ rows: [JSON]) {
        self.rows = rows
        for row in rows.compactMap(\.object) {
            let position = Position(
                track: row["track_position"]?.integer, disc: row["disk_number"]?.integer, isrc: row["isrc"]?.string)
            if let id = row["id"]?.identifier { positions[id] = position }
            tracksOnDisc[position.disc ?? 1, default: 0] += 1
        }
    }

    /// Fills in what `track`, whose catalog id is `id`, lacks.
    func complete(_ track: inout Track, id: String) {
        let position = positions[id]
        track.album = track.album ?? title
        (track.albumID, track.albumArtist, track.artistArtworkURL) = (self.id, artist, artistPicture)
        track.compilation = compilation
        track.trackNumber = track.trackNumber ?? position?.track
        track.discNumber = track.discNumber ?? position?.disc
        track.isrc = track.isrc ?? position?.isrc
        track.releaseDate = releaseDate ?? track.releaseDate
        track.artworkURL = cover ?? track.artworkURL
        (track.genres, track.upc, track.label) = (genres, upc ?? track.upc, label)
        guard !tracksOnDisc.isEmpty else { return }
        track.trackTotal = tracksOnDisc[track.discNumber ?? 1]
        track.discTotal = tracksOnDisc.keys.max()
    }
}
