import Wire

/// A song as a Subsonic server describes it; members of a wrong type count as missing.
struct Song {
    let id: String
    let track: Track
    let format: Format?
    private let quality: String?

    /// Nil for a song without an id.
    init?(_ object: JSONObject, on server: SubsonicServer) {
        guard let id = object["id"]?.identifier else { return nil }
        self.id = id
        format = Self.format(object)
        quality = format.map { Self.quality($0, bitRate: object["bitRate"]?.integer) }
        track = Self.track(object, server)
    }

    /// Without its length: servers give that of their last scan, or of the file before they convert it.
    func media(on server: SubsonicServer) throws(Failure) -> Media {
        guard let format else {
            throw .permanent(
                "no_format", "\(server.name) has this track in an unknown format", host: server.base.host)
        }
        var media = Media(url: server.address("download", [("id", id)]), format: format)
        (media.quality, media.auth, media.takesAnyFormat) = (quality, server.name, true)
        return media
    }

    private static func track(_ object: JSONObject, _ server: SubsonicServer) -> Track {
        func text(_ name: String) -> String? { object[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        func number(_ name: String) -> Int? { object[name]?.integer.flatMap { $0 > 0 ? $0 : nil } }
        func names(_ name: String) -> [String] { object.people(name).map(\.name) }
        var track = Track()
        (track.title, track.album, track.artist) = (
            text("title"), text("album"), text("displayArtist") ?? text("artist")
        )
        track.artists = names("artists").isEmpty ? text("artist").map { [$0] } ?? [] : names("artists")
        track.albumArtists = names("albumArtists")
        track.albumArtist = text("displayAlbumArtist") ?? track.albumArtists.first
        track.albumID = object["albumId"]?.identifier.map { "\(server.name):album:\($0)" }
        (track.trackNumber, track.discNumber) = (number("track"), number("discNumber"))
        track.releaseDate = number("year").map(String.init)
        track.genres = names("genres").isEmpty ? text("genre").map { [$0] } ?? [] : names("genres")
        track.isrc = object["isrc"]?.listed.first?.string ?? text("isrc")
        (track.bpm, track.comment) = (number("bpm").map(Double.init), text("comment"))
        track.explicit = ["explicit": true, "clean": false][text("explicitStatus") ?? ""]
        track.duration = object["duration"]?.number.flatMap { $0 > 0 ? $0 : nil }
        track.artworkURL = object["coverArt"]?.identifier.map { server.address("getCoverArt", [("id", $0)]) }
        track.replayGain = object["replayGain"]?.single.flatMap(gain)
        track.contributors = contributors(object)
        // Of a song it is the recording's, not that of its place on a release.
        track.musicBrainz.recording = object.musicBrainzID
        track.musicBrainz.artists = object.musicBrainzIDs("artists")
        track.musicBrainz.albumArtists = object.musicBrainzIDs("albumArtists")
        return track
    }

    /// The names by what they did, as far as tags have a place for it.
    private static func contributors(_ object: JSONObject) -> [Contribution: [String]] {
        var found: [Contribution: [String]] = [:]
        for row in (object["contributors"]?.listed ?? []).compactMap(\.object) {
            guard let kind = row["role"]?.string.flatMap({ Contribution(rawValue: $0.lowercased()) }),
                let name = row["artist"]?.single?.knownName, found[kind]?.contains(name) != true
            else { continue }
            found[kind, default: []].append(name)
        }
        if found[.composer] == nil, let name = object["displayComposer"]?.string, !name.isEmpty {
            found[.composer] = [name]
        }
        return found
    }

    private static func gain(_ object: JSONObject) -> ReplayGain? {
        var gain = ReplayGain()
        (gain.trackGain, gain.trackPeak) = (object["trackGain"]?.number, object["trackPeak"]?.number)
        (gain.albumGain, gain.albumPeak) = (object["albumGain"]?.number, object["albumPeak"]?.number)
        return gain == ReplayGain() ? nil : gain
    }

    /// By the file's extension, or else by its type.
    private static func format(_ object: JSONObject) -> Format? {
        let suffix = object["suffix"]?.string ?? ""
        return Format(ending: suffix) ?? object["contentType"]?.string.flatMap { Format(mime: $0) }
    }

    /// Some servers give bits per second where others give kilobits.
    private static func quality(_ format: Format, bitRate: Int?) -> String {
        guard format == .mp3, let bitRate, bitRate > 0 else { return format.rawValue }
        return "mp3_\(bitRate > 10_000 ? bitRate / 1000 : bitRate)"
    }
}

extension JSONObject {
    /// Those who are named in a list, in order, with their ids at MusicBrainz.
    func people(_ name: String) -> [(name: String, musicBrainz: String?)] {
        (self[name]?.listed ?? []).compactMap(\.object).compactMap { person in
            person.knownName.map { ($0, person.musicBrainzID) }
        }
    }

    /// The ids of all who are named in a list, in order; none unless everybody has one, since they go by their place.
    func musicBrainzIDs(_ name: String) -> [String] {
        let people = people(name)
        let ids = people.compactMap(\.musicBrainz)
        return ids.count == people.count ? ids : []
    }

    /// MusicBrainz' id of what it describes.
    var musicBrainzID: String? { self["musicBrainzId"]?.string.flatMap { MusicBrainz.id($0) } }

    fileprivate var knownName: String? { self["name"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
