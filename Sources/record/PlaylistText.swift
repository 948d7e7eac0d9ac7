import Catalogue
import Files
import Wire

/// A playlist as extended M3U in UTF-8; its paths are relative to the library's folder `Playlists`.
struct PlaylistText {
    let bytes: [UInt8]

    init(_ playlist: Playlist) {
        var text = "#EXTM3U\n#PLAYLIST:\(oneLine(playlist.title))\n"
        for entry in playlist.entries { text += Self.lines(of: entry) }
        bytes = Array(text.utf8)
    }

    private static func lines(of entry: Playlist.Entry) -> String {
        let name = oneLine(name(of: entry))
        guard let path = entry.path else {
            return "# missing: \(name)" + (entry.failure.map { " (\(oneLine($0)))" } ?? "") + "\n"
        }
        guard !path.utf8.contains(where: { $0 == 10 || $0 == 13 }) else {
            return "# not listed: \(name) (a line break in its path)\n"
        }
        let seconds = entry.duration.flatMap { Int(exactly: $0.rounded()) } ?? -1
        return "#EXTINF:\(seconds),\(name)\n\(fromPlaylists(path))\n"
    }

    private static func name(of entry: Playlist.Entry) -> String {
        let parts = [entry.artist, entry.title].compactMap { $0 }.filter { !$0.isEmpty }
        return parts.isEmpty ? entry.path.map(lastPart(of:)) ?? entry.id : parts.joined(separator: " - ")
    }

    /// The path of a file; one beside the playlist that begins with `#` would look like a comment.
    private static func fromPlaylists(_ path: String) -> String {
        let own = "\(PlaylistFolder.name)/"
        guard path.utf8.starts(with: own.utf8) else { return "../\(path)" }
        let rest = String(path.utf8.dropFirst(own.utf8.count)) ?? path
        return rest.utf8.first == UInt8(ascii: "#") ? "./\(rest)" : rest
    }
}

/// The text with a space for each character that may end a line, or that controls a terminal.
private func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isHarmful) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isHarmful ? " " : $0 }))
}
