import Wire

/// A track as a catalog describes it, in its own document or as a row of a list, which has fewer members.
struct Row {
    let id: String
    /// The id of its album, if the row names one.
    let album: String?
    let track: Track
    /// The URL of a preview, of this track or of its stand-in.
    let preview: String?

    /// Nil for a row without an id.
    init?(_ object: JSONObject) {
        guard let id = object["id"]?.identifier else { return nil }
        self.id = id
        let album = object["album"]?.single
        self.album = album?["id"]?.identifier
        var track = Track()
        track.title = object["title"]?.string
        let credits = RowCredits(object)
        (track.artists, track.artist) = (credits.names, credits.display)
        track.album = album?["title"]?.string
        track.trackNumber = object["track_position"]?.integer
        track.discNumber = object["disk_number"]?.integer
        let date = album?["release_date"]?.string.flatMap(knownDate)
        track.releaseDate = date ?? object["release_date"]?.string.flatMap(knownDate)
        track.isrc = object["isrc"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        track.upc = album?["upc"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        track.bpm = object["bpm"]?.number.flatMap { $0 > 0 ? $0 : nil }
        track.explicit = object["explicit_lyrics"]?.boolean
        track.duration = object["duration"]?.number.flatMap { $0 > 0 ? $0 : nil }
        track.artworkURL = album.flatMap(coverURL)
        self.track = track
        preview = [object, object["alternative"]?.single].lazy
            .compactMap { $0?["preview"]?.string }.first { !$0.isEmpty }
    }
}

/// A track's artists: all of their names, and one text for display.
private struct RowCredits {
    let names: [String]
    let display: String?

    init(_ object: JSONObject) {
        let artist = object["artist"]?.single?["name"]?.string
        let people = object["contributors"]?.listed.compactMap(\.object) ?? []
        func names(featured: Bool) -> [String] {
            people.filter { ($0["role"]?.string == "Featured") == featured }.compactMap { $0["name"]?.string }
        }
        let (main, featured) = (names(featured: false), names(featured: true))
        guard !main.isEmpty else {
            self.names = artist.map { [$0] } ?? []
            display = artist
            return
        }
        self.names = (main + featured).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        let others = featured.filter { !main.contains($0) }
        display = main.joined(separator: ", ") + (others.isEmpty ? "" : " feat. " + others.joined(separator: ", "))
    }
}

/// A date, unless it means that there is none: catalogs write 1900-01-01 or zeros for an unknown date.
func knownDate(_ text: String) -> String? { text == "1900-01-01" ? nil : releaseDate(text) }

/// The URL of an album's largest cover.
func coverURL(_ album: JSONObject) -> String? { pictureURL(album, "cover") }

/// The URL of the largest of the pictures that a document names by size.
func pictureURL(_ object: JSONObject, _ name: String) -> String? {
    ["\(name)_xl", "\(name)_big", name].lazy.compactMap { object[$0]?.string }.first { !$0.isEmpty }
}

extension JSON {
    /// An id as text: a number as it is written, or a string that is short enough for a line.
    var identifier: String? {
        if let string { return (1...1000).contains(string.utf8.count) ? string : nil }
        return integer == nil ? nil : String(decoding: text, as: UTF8.self)
    }
}
