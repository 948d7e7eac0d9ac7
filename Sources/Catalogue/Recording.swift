import Matching
import Wire

/// What identifies a recording where no catalog's id does.
struct Recording {
    /// Upper case, without hyphens.
    let isrc: String?
    /// MusicBrainz' id of it.
    let id: String?
    private let title: String?
    private let album: String?

    init(_ track: Track) {
        isrc = track.isrc.flatMap(ISRC.folded)
        (id, title, album) = (track.musicBrainz.recording, track.title, track.album)
    }

    /// Made from the title without guests and edition, which takes time; nil if there is no title.
    var key: String? { title.map { Title($0).key }.flatMap { $0.isEmpty ? nil : $0 } }

    /// Made from the album's title, which takes next to no time; nil if there is none.
    var albumKey: String? { album.map(Spelling.key).flatMap { $0.isEmpty ? nil : $0 } }

    /// How many seconds the lengths of one recording may differ by between files and catalogs.
    static let tolerance = 3.0

    /// Whether a file that was found by its ISRC or its title is this track, in this edition, and complete.
    static func agree(_ file: CataloguedTrack, _ track: Track, byISRC: Bool) -> Bool {
        var known = file.recording
        known.duration = file.duration
        let lengths = both(file.duration, track.duration)
        if let (one, other) = lengths, abs(one - other) > tolerance { return false }
        // Movements may share an ISRC, and an album may have two tracks of the same name.
        if both(known.title, track.title) != nil, !isSame(known, track, byISRC: byISRC) { return false }
        let (album, wanted) = (known.album.map(Spelling.key), track.album.map(Spelling.key))
        if !differ(album, wanted) {
            if differ(known.trackNumber, track.trackNumber) || differ(known.discNumber, track.discNumber) {
                return false
            }
        }
        if byISRC { return true }
        // A list's row may lack the album, and another edition is another file.
        return album == nil ? lengths != nil : album == wanted
    }

    /// Whether another source's file is this track: by a code that they share, else by names, edition and length.
    ///
    /// Stricter than for an imported file, which nobody asked for by name: a remaster, or a clean version, is another track.
    static func isTwin(_ file: CataloguedTrack, of track: Track, _ recording: Recording) -> Bool {
        let known = file.recording
        if differ(known.explicit, track.explicit) { return false }
        let codes = [both(recording.isrc, file.isrc), both(recording.id, known.musicBrainz.recording)]
        if codes.contains(where: { $0.map(==) ?? false }) { return agree(file, track, byISRC: true) }
        guard both(known.album, track.album) != nil, let (one, other) = both(known.title, track.title),
            both(file.duration, track.duration) != nil,
            Title(one).isSameEdition(as: Title(other))
        else { return false }
        return agree(file, track, byISRC: false)
    }

    /// Compares title and edition, and without an ISRC also the artist or the album's artist.
    private static func isSame(_ file: Track, _ track: Track, byISRC: Bool) -> Bool {
        var (file, track) = (file, track)
        (file.isrc, track.isrc) = (nil, nil)
        var unnamed = track
        (unnamed.artist, unnamed.artists) = (nil, [])
        if byISRC { return Wish(unnamed).isMet(by: file) }
        var byAlbum = unnamed
        byAlbum.artist = track.albumArtist
        return [track, byAlbum].contains { ($0.artist != nil || !$0.artists.isEmpty) && Wish($0).isMet(by: file) }
    }

    private static func both<Value>(_ one: Value?, _ other: Value?) -> (Value, Value)? {
        if let one, let other { (one, other) } else { nil }
    }

    private static func differ<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
        both(one, other).map(!=) ?? false
    }
}
