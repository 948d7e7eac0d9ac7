import Glibc
import Wire

/// Hidden names for files on their way to their name in the same folder.
///
/// Each machine has its own: locks need not reach from one to another where they share a file system.
package enum TemporaryName {
    private static let start = ".segue-"
    private static let end = ".part"
    private static let machine = bootID.map { "-\(SHA256.of($0).prefix(8))" } ?? ""

    /// The path, in `folder`, of the one that stands for `id`.
    package static func path(in folder: String, for id: String) -> String {
        "\(folder)/\(start)\(SHA256.of(id).prefix(16))\(machine)\(end)"
    }

    /// Whether a file's name is a temporary one.
    package static func isOne(_ name: String) -> Bool { name.hasPrefix(start) && name.hasSuffix(end) }

    /// Removes those among the names in a folder that processes left which have gone: for a day nobody wrote them, and here nobody
    /// holds them.
    package static func removeOld(_ names: [String], in folder: String) {
        let now = Int(millisecondsSince1970())
        for name in names where isOne(name) {
            let path = "\(folder)/\(name)"
            guard let status = FileStatus(path), now - status.modified / 1_000_000 > patience else { continue }
            if name.hasSuffix("\(machine)\(end)") { PartialFile.remove(ifAbandoned: path) } else { unlink(path) }
        }
    }

    /// Milliseconds.
    private static let patience = 86_400_000
}
