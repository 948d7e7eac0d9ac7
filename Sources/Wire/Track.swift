/// What is known of a recording; anything that is not known is nil or empty, never a placeholder.
package struct Track: Equatable, Sendable {
    package var title: String?
    /// Everyone who is named, in order.
    package var artists: [String] = []
    /// All of them as one text for display.
    package var artist: String?
    package var album: String?
    /// The album's id in its catalog, after the catalog's name: `NAME:album:ID`.
    package var albumID: String?
    package var albumArtist: String?
    /// Everyone whose album it is, in order.
    package var albumArtists: [String] = []
    package var trackNumber: Int?
    package var trackTotal: Int?
    /// Counted from 1.
    package var discNumber: Int?
    /// The number of discs of the album.
    package var discTotal: Int?
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    package var releaseDate: String?
    /// When the recording first came out, in the form of `releaseDate`.
    package var originalDate: String?
    /// The genres in the order of their source.
    package var genres: [String] = []
    package var isrc: String?
    /// The barcode; leading zeros count.
    package var upc: String?
    package var label: String?
    /// Beats per minute.
    package var bpm: Double?
    package var explicit: Bool?
    /// Whether its album is by several artists.
    package var compilation: Bool?
    /// The length of the recording in seconds.
    package var duration: Double?
    package var artworkURL: String?
    /// A picture of the album's artist.
    package var artistArtworkURL: String?
    /// Whether both pictures may be on the internet alone.
    package var isArtworkFar = false
    package var lyrics: String?
    /// The lyrics with times, in the form of an LRC file.
    package var syncedLyrics: String?
    package var copyright: String?
    package var comment: String?
    /// Names by what they did, in the order of their source.
    package var contributors: [Contribution: [String]] = [:]
    package var musicBrainz = MusicBrainz()
    package var replayGain: ReplayGain?

    package init() {}

    /// - Throws: `bad_record` (`permanent`) for a member of another type.
    package init(_ section: Section) throws(Failure) {
        title = try section.string("title")
        artists = try section.strings("artists")
        artist = try section.string("artist")
        album = try section.string("album")
        albumID = try section.string("album_id")
        albumArtist = try section.string("album_artist")
        albumArtists = try section.strings("album_artists")
        trackNumber = try section.integer("track_number")
        trackTotal = try section.integer("track_total")
        discNumber = try section.integer("disc_number")
        discTotal = try section.integer("disc_total")
        releaseDate = try section.string("release_date")
        originalDate = try section.string("original_date")
        genres = try section.strings("genres")
        isrc = try section.string("isrc")
        upc = try section.string("upc")
        label = try section.string("label")
        bpm = try section.number("bpm")
        explicit = try section.boolean("explicit")
        compilation = try section.boolean("compilation")
        duration = try section.number("duration_s")
        artworkURL = try section.string("artwork_url")
        artistArtworkURL = try section.string("artist_artwork_url")
        isArtworkFar = try section.boolean("artwork_far") ?? false
        lyrics = try section.string("lyrics")
        syncedLyrics = try section.string("synced_lyrics")
        copyright = try section.string("copyright")
        comment = try section.string("comment")
        if let section = try section.section("contributors") {
            for kind in Contribution.allCases {
                let names = try section.strings(kind.rawValue)
                if !names.isEmpty { contributors[kind] = names }
            }
        }
        if let section = try section.section("musicbrainz") { musicBrainz = try MusicBrainz(section) }
        replayGain = try section.section("replaygain").map { section throws(Failure) in try ReplayGain(section) }
    }

    /// Sets every member that is known; those that are not known, and foreign ones, stay as they are.
    package func write(to object: inout JSONObject) {
        for (name, value) in members { object.set(name, value) }
    }

    /// Sets every member that is known and removes those that are not; foreign ones stay as they are.
    package func replace(in object: inout JSONObject) {
        for (name, _) in members { object[name] = nil }
        write(to: &object)
    }

    private var members: [(String, JSON?)] {
        [
            ("title", title.map(JSON.string)),
            ("artists", artists.isEmpty ? nil : .strings(artists)),
            ("artist", artist.map(JSON.string)),
            ("album", album.map(JSON.string)),
            ("album_id", albumID.map(JSON.string)),
            ("album_artist", albumArtist.map(JSON.string)),
            ("album_artists", albumArtists.isEmpty ? nil : .strings(albumArtists)),
            ("track_number", trackNumber.map(JSON.integer)),
            ("track_total", trackTotal.map(JSON.integer)),
            ("disc_number", discNumber.map(JSON.integer)),
            ("disc_total", discTotal.map(JSON.integer)),
            ("release_date", releaseDate.map(JSON.string)),
            ("original_date", originalDate.map(JSON.string)),
            ("genres", genres.isEmpty ? nil : .strings(genres)),
            ("isrc", isrc.map(JSON.string)),
            ("upc", upc.map(JSON.string)),
            ("label", label.map(JSON.string)),
            ("bpm", bpm.map(JSON.number)),
            ("explicit", explicit.map(JSON.boolean)),
            ("compilation", compilation.map(JSON.boolean)),
            ("duration_s", duration.map(JSON.number)),
            ("artwork_url", artworkURL.map(JSON.string)),
            ("artist_artwork_url", artistArtworkURL.map(JSON.string)),
            ("artwork_far", isArtworkFar ? .boolean(true) : nil),
            ("lyrics", lyrics.map(JSON.string)),
            ("synced_lyrics", syncedLyrics.map(JSON.string)),
            ("copyright", copyright.map(JSON.string)),
            ("comment", comment.map(JSON.string)),
            ("contributors", contributorsValue),
            ("musicbrainz", musicBrainz.value),
            ("replaygain", replayGain?.value)
        ]
    }

    private var contributorsValue: JSON? {
        guard !contributors.isEmpty else { return nil }
        var object = JSONObject()
        for kind in Contribution.allCases { object.set(kind.rawValue, contributors[kind].map(JSON.strings)) }
        return object.value
    }
}

extension JSONObject {
    /// Sets a member when there is a value for it, and leaves it alone otherwise.
    package mutating func set(_ name: String, _ value: JSON?) {
        if let value { self[name] = value }
    }
}
