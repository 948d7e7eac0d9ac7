import Wire

/// What somebody asks for: `track:1`, `album:2`, `playlist:3`, or the same in a catalog by name, `NAME:playlist:3`.
struct Reference: Equatable {
    enum Kind: String, CaseIterable { case track, album, playlist }

    /// The catalog's name; nil for the default one.
    let catalog: String?
    let kind: Kind
    /// The catalog's own id, taken as it is.
    let id: String

    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 2, let kind = Kind(rawValue: parts[0]) {
            (catalog, self.kind, id) = (nil, kind, parts[1...].joined(separator: ":"))
        } else if parts.count == 3, !parts[0].isEmpty, let kind = Kind(rawValue: parts[1]) {
            (catalog, self.kind, id) = (parts[0], kind, parts[2])
        } else {
            throw Self.refusal(text)
        }
        let isPlain = id.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.value > 0x20 && $0.value != 0x7F
        }
        guard !id.isEmpty, isPlain else { throw Self.refusal(text) }
    }

    private static func refusal(_ text: String) -> Failure {
        .permanent("bad_ref", "\(text.prefix(80)) is none of track:ID, album:ID, playlist:ID, NAME:track:ID and so on")
    }
}
