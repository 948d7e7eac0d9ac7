import Files
import Foundation

/// An M3U file: paths of local files in order, relative to the list's folder.
struct PlaylistFile {
    let title: String
    /// Absolute paths, in order, with `.`, `..` and links resolved as far as the files exist.
    let paths: [String]

    /// Reads a list; one that cannot be read is empty.
    init(_ path: String) {
        let text = Self.text(FileManager.default.contents(atPath: path) ?? Data())
        let lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map(String.init)
        let named = lines.first { $0.hasPrefix("#PLAYLIST:") }.map { String($0.dropFirst("#PLAYLIST:".count)) }
        title = named ?? stem(path)
        let entries = lines.filter { !$0.hasPrefix("#") && !$0.contains("://") }
        paths = entries.map { $0.hasPrefix("/") ? $0 : folder(of: path) + "/" + $0 }.map {
            realPath($0) ?? Self.resolved($0)
        }
    }

    private static func resolved(_ path: String) -> String {
        let parts = path.utf8.split(separator: 47).reduce(into: [Substring.UTF8View]()) { parts, part in
            if part.elementsEqual("..".utf8) {
                _ = parts.popLast()
            } else if !part.elementsEqual(".".utf8) {
                parts.append(part)
            }
        }
        return parts.reduce(into: "") { $0 += "/" + (String($1) ?? "") }
    }

    /// UTF-8 with or without a byte order mark, else Latin-1, as in old lists.
    private static func text(_ data: Data) -> String {
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data[...]
        return String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
