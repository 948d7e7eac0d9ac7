import Glibc
import Wire

/// A folder, an archive or an audio file of this machine whose music is to be taken in, as somebody asks for it.
package enum FolderPath {
    private static let start = "folder:"

    /// The absolute path that a reference means; nil for a text that is not such a reference.
    package static func path(of text: String) -> String? {
        guard text.hasPrefix(start), text.utf8.count > start.utf8.count, !text.utf8.contains(0) else { return nil }
        return absolute(String(text.dropFirst(start.count)))
    }

    /// The reference to what is at an absolute path.
    package static func reference(_ path: String) -> String { start + path }

    /// The id of what is at an absolute path; `version` tells it from what was there before, or will be.
    package static func id(_ path: String, version: String = "") -> String {
        "file:folder:\(SHA256.of(version.isEmpty ? path : "\(path)\n\(version)").prefix(32))"
    }

    /// Checks early that there is something at the path, so that the user learns at once when there is not.
    ///
    /// - Throws: `no_file` (`permanent`).
    package static func check(_ path: String) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw .permanent("no_file", "there is nothing at \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The path as a `file:` link.
    package static func link(_ path: String) -> String {
        var link = "file://"
        for byte in path.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~/".utf8.contains(byte)
            link += isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte]).uppercased()
        }
        return link
    }
}
