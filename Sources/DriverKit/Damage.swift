import Wire

/// What is wrong with a file of the library: it is missing, damaged, or not in the catalogue.
struct Damage: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// It is in the catalogue, but not in the folder.
        case missing
        /// It is shorter than it was.
        case truncated
        /// It has other bytes, though nothing wrote to it since it was booked.
        case changed
        /// It has other bytes, written after it was booked: most likely by a person.
        case edited
        /// The disk does not return its bytes.
        case unreadable
        /// It is not in the catalogue.
        case stranger

        /// Whether fetching the file again repairs it.
        var isMended: Bool { [.missing, .truncated, .changed, .unreadable].contains(self) }
    }

    let kind: Kind
    /// The track's id; a stranger has none.
    var id: String?
    /// The path relative to the library.
    let path: String
    var message: String?

    var line: String {
        let why = message.map { "  (\($0))" } ?? ""
        return kind.rawValue.padded(to: 10) + "  " + [id, path].compactMap { $0 }.joined(separator: "  ") + why
    }

    var json: JSON { object.value }

    var object: JSONObject {
        var object = JSONObject()
        object["finding"] = .string(kind.rawValue)
        object["id"] = id.map(JSON.string)
        object["path"] = .string(path)
        object["message"] = message.map(JSON.string)
        return object
    }
}
