import Wire

/// What is wrong with a file of the library, or with its being there.
struct Damage: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// The catalogue has it, the folder has not.
        case missing
        /// Shorter than it was.
        case truncated
        /// Other bytes, though nothing wrote it since it was booked.
        case changed
        /// Other bytes, written after it was booked: by somebody, most likely.
        case edited
        /// The disk does not give its bytes.
        case unreadable
        /// The catalogue knows nothing of it.
        case stranger

        /// Whether fetching it again is what mends it.
        var isMended: Bool { [.missing, .truncated, .changed, .unreadable].contains(self) }
    }

    let kind: Kind
    /// Of a stranger there is none.
    var id: String?
    /// From the library's folder.
    let path: String
    var message: String?

    var line: String {
        let why = message.map { "  (\($0))" } ?? ""
        return kind.rawValue.padded(to: 10) + "  " + [id, path].compactMap { $0 }.joined(separator: "  ") + why
    }

    var json: JSON {
        var object = JSONObject()
        object["finding"] = .string(kind.rawValue)
        object["id"] = id.map(JSON.string)
        object["path"] = .string(path)
        object["message"] = message.map(JSON.string)
        return object.value
    }
}
