/// A reference to something in a catalog: `track:1`, `album:2`, `playlist:3`, `artist:4`, or the same in a catalog by
/// name, `NAME:playlist:3`; behind a name also a list of the catalog's own kind, `NAME:shelf:5`. `NAME:starred` is
/// `NAME:playlist:starred`.
package struct Reference: Equatable, Sendable {
    package enum Kind: Hashable, Sendable {
        case track, album, playlist, artist
        /// A list of a kind that only its catalog knows, by the catalog's word for it.
        case own(String)
    }

    /// The lists that a music server makes by itself, which are playlists with these ids.
    package enum OwnList: String, CaseIterable, Sendable { case all, starred, newest }

    /// The catalog's name; nil for the default one.
    package let catalog: String?
    package let kind: Kind
    /// The catalog's own id, unchanged except for an `isrc:…`.
    package let id: String
    /// What it asks for itself alone.
    package let options: ReferenceOptions?

    /// The name of a catalog that was given none.
    package static let unnamedCatalog = "catalog"

    package init(catalog: String?, kind: Kind, id: String, options: ReferenceOptions? = nil) {
        (self.catalog, self.kind, self.id, self.options) = (catalog, kind, id, options)
    }

    /// Nil for a text that is not a reference.
    ///
    /// A text that begins with a kind names no catalog. An id after a catalog's name may contain spaces, since some
    /// servers have such ids.
    package init?(_ text: String) {
        let (text, options) = ReferenceOptions.cut(text)
        self.options = options
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, let kind = Kind(rawValue: parts[0]) {
            (catalog, self.kind) = (nil, kind)
            id = Self.folded(parts[1...].joined(separator: ":"), kind)
        } else if parts.count == 3, !parts[0].isEmpty, let kind = Self.kind(parts[1], of: parts[0]) {
            (catalog, self.kind, id) = (parts[0], kind, Self.folded(parts[2], kind))
        } else if parts.count == 2, !parts[0].isEmpty, let list = OwnList(rawValue: parts[1]) {
            (catalog, kind, id) = (parts[0], .playlist, list.rawValue)
        } else {
            return nil
        }
        let isNamed = catalog != nil
        let isPlain = id.unicodeScalars.allSatisfy {
            $0 == " " && isNamed || !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7F
        }
        guard !id.isEmpty, isPlain else { return nil }
    }

    /// The kind that a word means behind a catalog's name. `folder:a:b` is a path.
    private static func kind(_ word: String, of catalog: String) -> Kind? {
        Kind(rawValue: word) ?? (catalog == "folder" ? nil : Kind(own: word))
    }

    /// The same as an entry of a list, where a text with spaces is a title or the name of a file, and `urn:isbn:1` is
    /// another's link.
    package init?(entry text: String) {
        guard !text.utf8.contains(UInt8(ascii: " ")) else { return nil }
        self.init(text)
        if case .own = kind { return nil }
    }

    /// The reference that a catalog's web page stands for, such as `https://www.example.org/en/album/302127`; nil for
    /// any other link.
    package init?(page link: String, catalog: String) {
        let path = link.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard path.count >= 4, let kind = Kind(rawValue: String(path[path.count - 2])) else { return nil }
        self.init(entry: "\(catalog):\(kind.rawValue):\(path[path.count - 1])")
    }

    /// The reference as it is written; a `?` ends an id that could be taken for one with options.
    package var text: String {
        let end = options.map { "?\($0.text)" } ?? (ReferenceOptions.seem(behind: id) ? "?" : "")
        return (catalog.map { "\($0):" } ?? "") + "\(kind.rawValue):\(id)" + end
    }

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

extension Reference.Kind: RawRepresentable, CaseIterable {
    /// The kinds that every catalog has.
    package static let allCases: [Reference.Kind] = [.track, .album, .playlist, .artist]

    /// Nil for all words but those of ``allCases``.
    package init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = kind
    }

    /// A catalog's own kind; nil for a text that is not one small word.
    package init?(own word: String) {
        guard word.wholeMatch(of: /[a-z][a-z0-9_-]{0,39}/) != nil, Self(rawValue: word) == nil else { return nil }
        self = .own(word)
    }

    package var rawValue: String {
        switch self {
        case .track: "track"
        case .album: "album"
        case .playlist: "playlist"
        case .artist: "artist"
        case .own(let word): word
        }
    }
}
