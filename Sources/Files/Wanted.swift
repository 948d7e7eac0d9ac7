import Wire

/// What a user asks for, as every program reads it.
package enum Wanted: Equatable {
    case object(Reference)
    /// A link to a catalog's web page, an audio file, a playlist or a feed.
    case link(String)
    /// A playlist or a feed on this machine, by its absolute path.
    case file(String)
    /// A folder, an archive or an audio file on this machine, by its absolute path.
    case folder(String)

    /// Reads a text; surrounding white space is ignored.
    ///
    /// - Throws: `bad_ref` (`permanent`) for a text that is not a request, and `bad_url` (`permanent`) for a link that
    ///   leads to another machine's files.
    package init(_ text: String) throws(Failure) {
        let text = Self.trimmed(text)
        if WebLink.isOne(text) {
            self = .link(text)
        } else if let reference = Reference(text) {
            self = .object(reference)
        } else if let path = FolderPath.path(of: text) {
            self = .folder(path)
        } else if ListPath.isOne(text) {
            self = .file(try ListPath.absolute(text))
        } else {
            throw .permanent(
                "bad_ref",
                "\(WebLink.shown(text).prefix(80)) is not a reference; try track:ID, album:ID, playlist:ID, artist:ID, NAME:playlist:ID, NAME:all, NAME:starred, NAME:newest or a link"
            )
        }
    }

    /// The request for it; `catalog` is used where none is named. A link keeps its user info, which no id contains.
    package func request(catalog: String) -> Record {
        switch self {
        case .object(let reference): Record(request: reference.text, id: reference.item(of: catalog))
        case .link(let link): Record(request: link, id: WebLink.id(WebLink.divided(link).plain))
        case .file(let path): Record(request: path, id: ListPath.id(path))
        case .folder(let path): Record(request: FolderPath.reference(path), id: FolderPath.id(path))
        }
    }

    /// The text without surrounding white space.
    package static func trimmed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let start = bytes.firstIndex { $0 > 32 } ?? bytes.count
        let end = bytes.lastIndex { $0 > 32 }.map { $0 + 1 } ?? start
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
