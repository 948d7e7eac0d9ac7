/// `track:1`, `album:2`, `playlist:3` or `artist:4`, perhaps behind a catalog's name: `NAME:playlist:3`.
struct CatalogReference {
    /// Nil where none is named.
    let catalog: String?
    let kind: String

    private static let kinds: Set = ["track", "album", "playlist", "artist"]

    /// Nil for a text that is none.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 3, Self.kinds.contains(parts[1]), parts[0] != "" {
            (catalog, kind) = (parts[0], parts[1])
        } else if parts.count >= 2, Self.kinds.contains(parts[0]) {
            (catalog, kind) = (nil, parts[0])
        } else {
            return nil
        }
    }
}
