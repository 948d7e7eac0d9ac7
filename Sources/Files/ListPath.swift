import Glibc
import Wire

/// A file on this machine that lists tracks, as somebody asks for it.
package enum ListPath {
    /// Whether a text that is neither a link nor a reference is the path of a list: it has a folder, or a list's
    /// extension.
    package static func isOne(_ text: String) -> Bool {
        text.contains("/") || endings.contains { text.lowercased().hasSuffix(".\($0)") }
    }

    /// The absolute path that a path or a `file:` link means: that of the file that exists, else as it is written.
    ///
    /// - Throws: `bad_url` (`permanent`) for a link to another machine.
    package static func absolute(_ text: String) throws(Failure) -> String {
        let paths = FileLink.paths(text, beside: Files.absolute("."))
        guard let path = paths.first(where: { access($0, F_OK) == 0 }) ?? paths.first else {
            throw .permanent("bad_url", "\(WebLink.shown(text)) is neither http nor https, nor a file of this machine")
        }
        return path
    }

    /// The id of the list in the file at an absolute path.
    package static func id(_ path: String) -> String {
        "\(WebLink.list):playlist:\(SHA256.of(path).prefix(32))"
    }

    /// Checks early that there can be a list at the path, so that the user learns at once when there cannot.
    ///
    /// - Throws: `no_file` (`permanent`) where there is no file, or a folder.
    package static func check(_ path: String) throws(Failure) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .permanent("no_file", "there is no list at \(path): \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw .permanent("no_file", "\(path) is a folder, not a list")
        }
    }

    private static let endings = [
        "m3u", "m3u8", "pls", "xspf", "jspf", "csv", "tsv", "txt", "list", "urls", "rss", "xml", "atom"
    ]
}
