import Lists
import Matching
import Web
import Wire

/// A music server of the user's as a source.
final class SubsonicSource: Source {
    var name: String { server.name }
    var links: LinkSource { .server(server.base.appending("")) }
    let server: SubsonicServer
    private let choice: MediaChoice
    private let hasLyrics: Bool
    /// Whether the entry of a list and its album are enough for a song, without a request for the song.
    private let isQuick: Bool
    private var knowsLyrics: Bool?
    private var albums: [String: AlbumFacts] = [:]

    /// How many albums are remembered before all of them are forgotten.
    private static let maximumAlbums = 1000

    /// What an album says about its songs that they lack.
    private struct AlbumFacts {
        var artist: String?
        var artists: [String] = []
        /// MusicBrainz' ids of the release, and of its artists.
        var release: String?
        var artistIDs: [String] = []
        var tracks: [Int: Int] = [:]
        var discs: Int?
        var isCompilation: Bool?
    }

    /// `hasLyrics` costs one more request for each track.
    init(_ server: SubsonicServer, choice: MediaChoice, hasLyrics: Bool, isQuick: Bool) {
        (self.server, self.choice, self.hasLyrics, self.isQuick) = (server, choice, hasLyrics, isQuick)
    }

    func choosing(_ options: ReferenceOptions) -> any Source {
        SubsonicSource(server, choice: choice.with(options), hasLyrics: hasLyrics, isQuick: isQuick)
    }

    func track(_ id: String, told: Track?) throws(Failure) -> Known {
        if isQuick, let told, told.title != nil, told.albumID != nil {
            return Known(track: try completed(told, id)) { () throws(Failure) in try self.media(id) }
        }
        // Servers give songs new ids when files move, and still know the old ones.
        let song = try song(id)
        var known = try known(song)
        if !song.id.utf8.elementsEqual(id.utf8) { known.otherID = "\(name):track:\(song.id)" }
        return known
    }

    func media(_ id: String) throws(Failure) -> Media { try media(of: try song(id)) }

    private func media(of song: Song) throws(Failure) -> Media { try choice.pick([try song.media(on: server)]) }

    private func song(_ id: String) throws(Failure) -> Song {
        guard let song = try server.ask("getSong", [("id", id)], for: "song").flatMap({ Song($0, on: server) }) else {
            throw .permanent("no_data", "\(server.name) has no song \(id)", host: server.base.host)
        }
        return song
    }

    func expand(_ reference: Reference, _ each: EachRow) throws(Failure) -> Collection {
        if reference.kind == .playlist, let list = Reference.OwnList(rawValue: reference.id) {
            return try expand(list, each)
        }
        switch reference.kind {
        case .playlist: return try playlist(reference.id, each)
        case .album: return try album(reference.id, each)
        case .artist, .track, .own: return try artist(reference.id, each)
        }
    }

    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member> {
        // Not every server finds a song by artist and title together.
        try entry.choose(\.track, withArtist: false) { (title) throws(Failure) in try songs(title, limit: 500) }.map(
            member)
    }

    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [Found] {
        switch kind {
        case .track:
            return try songs(text, limit: limit).map {
                Found(reference: Reference(catalog: name, kind: .track, id: $0.id), track: $0.track, summary: nil)
            }
        case .album, .artist:
            let answer = try server.ask("search3", counts(text, kind, limit), for: "searchResult3")
            return found(answer?[kind.rawValue]?.listed ?? [], kind)
        case .playlist, .own:
            let all = try server.ask("getPlaylists", [], for: "playlists")?["playlist"]?.listed ?? []
            let wanted = Spelling.key(text)
            return Array(
                (found(all, kind) + ownLists).filter { Spelling.key($0.summary?.title ?? "").contains(wanted) }.prefix(
                    limit))
        }
    }

    private func songs(_ text: String, limit: Int) throws(Failure) -> [Song] {
        let answer = try server.ask("search3", counts(text, .track, limit), for: "searchResult3")
        return (answer?["song"]?.listed ?? []).compactMap(\.object).compactMap { Song($0, on: server) }
    }

    private func counts(_ text: String, _ kind: Reference.Kind, _ limit: Int) -> [(String, String)] {
        func count(_ own: Reference.Kind) -> String { kind == own ? "\(limit)" : "0" }
        return [
            ("query", text), ("songCount", count(.track)), ("albumCount", count(.album)),
            ("artistCount", count(.artist))
        ]
    }

    private func found(_ rows: [JSON], _ kind: Reference.Kind) -> [Found] {
        rows.compactMap(\.object).compactMap { object in
            object["id"]?.identifier.map { id in
                Found(
                    reference: Reference(catalog: name, kind: kind, id: id), track: nil, summary: summary(object, kind))
            }
        }
    }

    private func playlist(_ id: String, _ each: EachRow) throws(Failure) -> Collection {
        let list = try server.object("getPlaylist", .playlist, id)
        let entries = list["entry"]?.listed ?? []
        for row in entries { try each(listed(row)) }
        return Collection(
            total: list["songCount"]?.integer, count: entries.count, summary: summary(list, .playlist))
    }

    func album(_ id: String, _ each: EachRow) throws(Failure) -> Collection {
        let album = try server.album(id, .request)
        remember(album, id)
        let songs = album["song"]?.listed ?? []
        for row in songs { try each(listed(row)) }
        return Collection(total: album["songCount"]?.integer, count: songs.count, summary: summary(album, .album))
    }

    private func artist(_ id: String, _ each: EachRow) throws(Failure) -> Collection {
        let artist = try server.object("getArtist", .artist, id)
        let albums = artist["album"]?.listed ?? []
        var collection = Collection(artist: summary(artist, .artist))
        for album in albums.compactMap({ $0.object?["id"]?.identifier }) {
            collection.take(try self.album(album, each))
        }
        collection.missingReleases = max(0, (artist["albumCount"]?.integer ?? 0) - albums.count)
        return collection
    }

    func listed(_ row: JSON) -> Result<Listed, Failure> {
        guard let song = row.object.flatMap({ Song($0, on: server) }) else {
            return .failure(.permanent("bad_row", "the row has no id"))
        }
        return .success(.member(member(song)))
    }

    private func member(_ song: Song) -> Member {
        Member(id: song.id, row: song.track) { () throws(Failure) in
            guard self.isQuick, song.track.title != nil, song.track.albumID != nil else {
                return try self.track(song.id, told: nil)
            }
            return try self.known(song)
        }
    }

    private func known(_ song: Song) throws(Failure) -> Known {
        Known(track: try completed(song.track, song.id)) { () throws(Failure) in try self.media(of: song) }
    }

    /// With what the album says, and the lyrics.
    private func completed(_ told: Track, _ id: String) throws(Failure) -> Track {
        var track = told
        if let facts = try album(of: track) {
            track.albumArtist = track.albumArtist ?? facts.artist
            if track.albumArtists.isEmpty {
                (track.albumArtists, track.musicBrainz.albumArtists) = (facts.artists, facts.artistIDs)
            }
            track.musicBrainz.release = facts.release
            track.trackTotal = facts.tracks[track.discNumber ?? 1]
            (track.discTotal, track.compilation) = (facts.discs, facts.isCompilation)
        }
        if hasLyrics { try addLyrics(of: id, to: &track) }
        return track
    }

    /// What a track's album says, requested once.
    private func album(of track: Track) throws(Failure) -> AlbumFacts? {
        let prefix = "\(name):album:"
        guard let id = track.albumID?.dropFirst(prefix.count).description else { return nil }
        if let known = albums[id] { return known }
        do throws(Failure) {
            remember(try server.album(id, .kept), id)
        } catch let error where error.class == .permanent && error.code != Catalog.otherID {
            remember(JSONObject(), id)
        }
        return albums[id]
    }

    private func remember(_ album: JSONObject, _ id: String) {
        var facts = AlbumFacts(artist: album["displayArtist"]?.string ?? album["artist"]?.string)
        for song in (album["song"]?.listed ?? []).compactMap(\.object) {
            facts.tracks[song["discNumber"]?.integer ?? 1, default: 0] += 1
        }
        facts.discs = facts.tracks.keys.max()
        (facts.artists, facts.artistIDs) = (album.people("artists").map(\.name), album.musicBrainzIDs("artists"))
        facts.release = album.musicBrainzID
        facts.isCompilation = album["isCompilation"]?.boolean == true ? true : nil
        if albums.count >= Self.maximumAlbums { albums = [:] }
        albums[id] = facts
    }

    /// Lyrics, only from servers that announce lyrics by song.
    private func addLyrics(of id: String, to track: inout Track) throws(Failure) {
        if knowsLyrics == nil { knowsLyrics = try server.extensions().contains("songLyrics") }
        guard knowsLyrics == true, let list = try lyrics(of: id) else { return }
        let all = (list["structuredLyrics"]?.listed ?? []).compactMap(\.object).compactMap(Lyrics.init)
        track.syncedLyrics = all.lazy.compactMap(\.synced).first
        track.lyrics = all.first?.plain
    }

    /// Nil for a song without lyrics on the server.
    private func lyrics(of id: String) throws(Failure) -> JSONObject? {
        do throws(Failure) {
            return try server.ask("getLyricsBySongId", [("id", id)], for: "lyricsList")
        } catch let error where error.class == .permanent {
            return nil
        }
    }

    private func summary(_ object: JSONObject, _ kind: Reference.Kind) -> CollectionSummary {
        CollectionSummary(
            type: kind.rawValue, title: (object["name"] ?? object["title"])?.string,
            creator: (kind == .playlist ? object["owner"] : object["artist"])?.string, artworkURL: nil)
    }
}
