import Files
import Wire

extension Shelf {
    /// The objects whose names contain all words of a text, in the order of their numbers.
    func search(_ text: String, _ kind: String) -> [Int] {
        let words = FileName.collisionKey(text).split(whereSeparator: \.isWhitespace)
        func holds(_ names: [String?]) -> Bool {
            let name = FileName.collisionKey(names.compactMap(\.self).joined(separator: " "))
            return words.allSatisfy { name.contains($0) }
        }
        switch kind {
        case "track": return songs.filter { holds([$0.tags.title, $0.tags.album] + $0.tags.artists) }.map(\.id)
        case "album": return albums.filter { holds([$0.title, artists[$0.artist - 1]]) }.map(\.id)
        case "artist": return artists.indices.filter { holds([artists[$0]]) }.map { $0 + 1 }
        default: return playlists.filter { holds([$0.title]) }.map(\.id)
        }
    }
}
