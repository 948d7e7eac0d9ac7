import Files
import Wire

/// What tells that two files hold the same recording, where no catalog's id does.
struct Recording {
    /// Upper case, without hyphens.
    let isrc: String?
    /// Each of the names that its artist may go by, with the title.
    let keys: [String]

    init(_ track: Track) {
        isrc = track.isrc.map { $0.uppercased().filter { $0.isLetter || $0.isNumber } }.flatMap {
            $0.isEmpty ? nil : $0
        }
        let artists = [track.artist, track.artists.first, track.albumArtist].compactMap { $0.flatMap(Self.folded) }
        let title = track.title.flatMap(Self.folded)
        keys = title.map { title in artists.map { "\($0)\u{1f}\(title)" } } ?? []
    }

    /// Seconds that the lengths of one recording may differ by, as files and catalogs tell them.
    private static let tolerance = 3.0

    /// Whether a file that was found by its ISRC, or by its names, is whole, no other track and no other edition.
    static func agree(_ file: CataloguedTrack, _ track: Track, byISRC: Bool) -> Bool {
        let known = file.recording
        let lengths = both(file.duration, track.duration)
        if let (one, other) = lengths, abs(one - other) > tolerance { return false }
        // Movements may share an ISRC, and an album may have two tracks of one name.
        if differ(known.title.flatMap(folded), track.title.flatMap(folded)) { return false }
        let (album, wanted) = (known.album.flatMap(folded), track.album.flatMap(folded))
        if !differ(album, wanted) {
            if differ(known.trackNumber, track.trackNumber) || differ(known.discNumber, track.discNumber) {
                return false
            }
        }
        if byISRC { return true }
        // A list's row may not tell the album, and another edition is another file.
        return album == nil ? lengths != nil : album == wanted
    }

    private static func both<Value>(_ one: Value?, _ other: Value?) -> (Value, Value)? {
        if let one, let other { (one, other) } else { nil }
    }

    private static func differ<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
        both(one, other).map(!=) ?? false
    }

    private static func folded(_ text: String) -> String? {
        let words = FileName.collisionKey(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? nil : words
    }
}
