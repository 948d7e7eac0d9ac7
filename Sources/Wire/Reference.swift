/// A reference to something in a catalog: `track:1`, `album:2`, `playlist:3`, `artist:4`, or the same in a catalog by
/// name, `NAME:playlist:3`.
package struct Reference: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable { case track, album, playlist, artist }

    /// The catalog's name; nil for the default one.
    package let catalog: String?
    package let kind: Kind
    /// The catalog's own id, unchanged except for an `isrc:…`.
    package let id: String

    /// The name of a catalog that was given none.
    package static let unnamedCatalog = "catalog"

    package init(catalog: String?, kind: Kind, id: String) { (self.catalog, self.kind, self.id) = (catalog, kind, id) }

    /// Nil for a text that is not a reference.
    ///
    /// A text that begins with a kind names no catalog. An id after a catalog's name may contain spaces, since some
    /// servers have such ids.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, let kind = Kind(rawValue: parts[0]) {
            (catalog, self.kind) = (nil, kind)
            id = Self.folded(parts[1...].joined(separator: ":"), kind)
        } else if parts.count == 3, !parts[0].isEmpty, let kind = Kind(rawValue: parts[1]) {
            (catalog, self.kind, id) = (parts[0], kind, Self.folded(parts[2], kind))
        } else {
            return nil
        }
        let isNamed = catalog != nil
        let isPlain = id.unicodeScalars.allSatisfy {
            $0 == " " && isNamed || !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7F
        }
        guard !id.isEmpty, isPlain else { return nil }
    }

    /// The same as an entry of a list, where a text with spaces is a title or the name of a file.
    package init?(entry text: String) {
        guard !text.utf8.contains(UInt8(ascii: " ")) else { return nil }
        self.init(text)
    }

    /// The reference that a catalog's web page stands for, such as `https://www.example.org/en/album/302127`; nil for
    /// any other link.
    package init?(page link: String, catalog: String) {
        let path = link.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard path.count >= 4, let kind = Kind(rawValue: String(path[path.count - 2])) else { return nil }
        self.init(entry: "\(catalog):\(kind.rawValue):\(path[path.count - 1])")
    }

    /// The reference as it is written.
    package var text: String { (catalog.map { "\($0):" } ?? "") + "\(kind.rawValue):\(id)" }

    /// The id of its item; `other` is the catalog to use where the reference names none.
    package func item(of other: String) -> String { "\(catalog ?? other):\(kind.rawValue):\(id)" }

    /// One recording is one item, however its code is written.
    private static func folded(_ id: String, _ kind: Kind) -> String {
        guard kind == .track, id.lowercased().hasPrefix("isrc:"), let isrc = ISRC.folded(String(id.dropFirst(5))) else {
            return id
        }
        return "isrc:\(isrc)"
    }
}
