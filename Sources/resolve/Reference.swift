import Files
import Wire

/// A reference to something in a source: `track:1`, `album:2`, `playlist:3`, `artist:4`, or the same in a catalog by name,
/// `NAME:playlist:3`.
struct Reference: Equatable {
    enum Kind: String, CaseIterable { case track, album, playlist, artist }

    /// The catalog's name; nil for the default one.
    let catalog: String?
    let kind: Kind
    /// The catalog's own id, unchanged except for an `isrc:…`.
    let id: String

    init(catalog: String?, kind: Kind, id: String) { (self.catalog, self.kind, self.id) = (catalog, kind, id) }

    /// Nil for a text that is not a reference.
    ///
    /// In a record, an id after a catalog's name may contain spaces, since some servers have such ids.
    init?(_ text: String, inRecord: Bool = false) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, let kind = Kind(rawValue: parts[0]) {
            (catalog, self.kind) = (nil, kind)
            id = Self.folded(parts[1...].joined(separator: ":"), kind)
        } else if parts.count == 3, !parts[0].isEmpty, let kind = Kind(rawValue: parts[1]) {
            (catalog, self.kind, id) = (parts[0], kind, Self.folded(parts[2], kind))
        } else {
            return nil
        }
        let maySpace = inRecord && catalog != nil
        let isPlain = id.unicodeScalars.allSatisfy {
            $0 == " " && maySpace || !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7F
        }
        guard !id.isEmpty, isPlain else { return nil }
    }

    /// The code in one spelling, so that a recording is one item.
    private static func folded(_ id: String, _ kind: Kind) -> String {
        guard kind == .track, id.lowercased().hasPrefix("isrc:"), let isrc = ISRC.folded(String(id.dropFirst(5))) else {
            return id
        }
        return "isrc:\(isrc)"
    }

    /// From a catalog's web page, such as `https://www.example.org/en/album/302127`; nil for any other link.
    init?(link: String, catalog: String) {
        let path = link.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard path.count >= 4, let kind = Kind(rawValue: String(path[path.count - 2])) else { return nil }
        self.init("\(catalog):\(kind.rawValue):\(path[path.count - 1])")
    }
}

/// What is requested.
enum Wanted: Equatable {
    case object(Reference)
    /// A web page of a catalog, a file of audio, a playlist or a feed.
    case link(String)
    /// A playlist or a feed on this machine, by its absolute path.
    case file(String)

    init(_ text: String, inRecord: Bool = false) throws(Failure) {
        if WebLink.isOne(text) {
            self = .link(text)
        } else if let reference = Reference(text, inRecord: inRecord) {
            self = .object(reference)
        } else if ListPath.isOne(text) {
            self = .file(try ListPath.absolute(text))
        } else {
            throw .permanent(
                "bad_ref",
                "\(WebLink.shown(text).prefix(80)) is none of track:ID, album:ID, playlist:ID, artist:ID, NAME:track:ID and so on, nor a link"
            )
        }
    }
}
