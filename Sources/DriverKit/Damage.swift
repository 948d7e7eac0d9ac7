import Ledger
import Wire

/// What is wrong with a file of the library: it is missing, damaged, or not in the catalogue.
package struct Damage: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// It is in the catalogue, but not in the folder, or another track's file has its name.
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
        package var isMended: Bool { [.missing, .truncated, .changed, .unreadable].contains(self) }
    }

    package var kind: Kind
    /// The track's id; a stranger has none.
    package var id: String?
    /// The path relative to the library.
    package let path: String
    package var message: String?

    var sentence: String { "\(path) is \(kind.rawValue)" + (message.map { " (\($0))" } ?? "") }

    /// As it is printed and told.
    package var object: JSONObject {
        var object = JSONObject()
        object["finding"] = .string(kind.rawValue)
        object["id"] = id.map(JSON.string)
        object["path"] = .string(path)
        object["message"] = message.map(JSON.string)
        return object
    }
}

extension Change {
    /// Tells of files that are damaged, and remembers them; `isQueued` if their tracks are back in the queue.
    ///
    /// - Throws: what ``Change`` throws.
    package func note(_ damages: [Damage], isQueued: Bool) throws {
        for damage in damages {
            try tell(.damaged, damage.object)
            guard let id = damage.id else { continue }
            try note(damaged: damage.path, of: id, finding: damage.kind.rawValue, isQueued: isQueued)
        }
    }
}
