import Files
import Wire

/// What the names of a file and of its folder say, for what the file's own tags leave open.
struct NameHint {
    private(set) var title: String?
    private(set) var artist: String?
    private(set) var album: String?
    private(set) var disc: Int?
    private(set) var number: Int?

    /// `name` is a path in what is at `source`, a folder or an archive; the source may be the file itself.
    init(_ name: String, in source: String) {
        let stem = Self.withoutEnding(lastPart(of: name))
        let parts = stem.split(separator: " - ").map { Self.trimmed($0) }
        if parts.count >= 3, let last = Self.numbered(parts[2...].joined(separator: " - ")) {
            // As stores name them that pack an album flat.
            (artist, album, number, title) = (parts[0], parts[1], last.number, last.title)
        } else if let whole = Self.numbered(stem) {
            (disc, number, title) = (whole.disc, whole.number, whole.title)
        } else {
            title = Self.trimmed(stem[...])
        }
        let parent = folder(of: name) == "." ? Self.container(source, of: name) : lastPart(of: folder(of: name))
        guard album == nil, let parent else { return }
        let names = parent.split(separator: " - ", maxSplits: 1).map { Self.trimmed($0) }
        (artist, album) = names.count == 2 ? (names[0], names[1]) : (artist, Self.trimmed(parent[...]))
    }

    /// Fills in what a track lacks.
    func complete(_ track: inout Track) {
        var told = Track()
        (told.title, told.trackNumber, told.discNumber) = (title, number, disc)
        (told.album, told.artist, told.artists) = (album, artist, artist.map { [$0] } ?? [])
        track.complete(from: told)
    }

    /// The name of the archive, or of the folder that a file is in; nil for a file that was named itself.
    private static func container(_ source: String, of name: String) -> String? {
        if ArchiveReader.isOne(source) { return withoutEnding(lastPart(of: source)) }
        return lastPart(of: folder(of: source))
    }

    /// Takes apart `01 Title`, `01. Title`, `01 - Title` and `1-01 Title`.
    private static func numbered(_ text: String) -> (disc: Int?, number: Int, title: String)? {
        guard let match = text.wholeMatch(of: /(?:([0-9]{1,2})-)?([0-9]{1,3})(?:\.| -|_|(?= )) *(.+)/),
            let number = Int(match.2), number > 0
        else { return nil }
        return (match.1.flatMap { Int($0) }, number, trimmed(match.3))
    }

    private static func withoutEnding(_ name: String) -> String {
        let endings = [".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"]
        if let ending = endings.first(where: { name.lowercased().hasSuffix($0) }) {
            return String(name.dropLast(ending.count))
        }
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "_" }.reversed().drop { $0 == " " }.reversed())
    }
}
