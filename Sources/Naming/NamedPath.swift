/// A path as a template makes it: parts that are not yet safe as names; the last is the file's name without its
/// extension.
package struct NamedPath {
    /// The parts from the library's folder down; the last is the file's name.
    package var parts: [String] = [""]
    /// The fields that each part has a value of, in the order of the parts.
    private var fields: [Set<Field>] = [[]]

    /// The index of the folder that is the album's own: it is named after the album.
    package var album: Int? { fields.dropLast().lastIndex { $0.contains(.album) } }

    /// The index of the folder that is the artist's: it is named after the artist, and after no album.
    package var artist: Int? {
        fields.dropLast().lastIndex { !$0.contains(.album) && !$0.isDisjoint(with: [.albumartist, .artist]) }
    }

    mutating func append(text: String) {
        let added = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        parts[parts.count - 1] += added.first ?? ""
        parts += added.dropFirst()
        fields += added.dropFirst().map { _ in [] }
    }

    mutating func append(value: String, of field: Field?) {
        parts[parts.count - 1] += value
        if let field { fields[fields.count - 1].insert(field) }
    }
}
