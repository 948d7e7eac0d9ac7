import Files
import Foundation
import Wire

/// The audio and playlist files below a folder, in the order of their paths' bytes.
struct MusicFolder {
    let audio: [String]
    let playlists: [String]

    /// Leaves out hidden files; links in the folder's own path are resolved.
    init(_ folder: String) throws(Failure) {
        guard let root = realPath(folder), let found = try? FileManager.default.subpathsOfDirectory(atPath: root) else {
            throw .config("no_folder", "cannot read the folder \(folder)")
        }
        let visible = found.filter { !"/\($0)".utf8.contains("/.".utf8) }
        let paths = visible.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { root + "/" + $0 }
        audio = paths.filter { Format(rawValue: pathExtension($0)) != nil }
        playlists = paths.filter { ["m3u", "m3u8"].contains(pathExtension($0)) }
    }

    /// The picture for the album whose files are in this folder.
    static func cover(in folder: String) -> String? {
        let names = ["cover", "folder", "front"].flatMap { stem in ["jpg", "jpeg", "png"].map { "\(stem).\($0)" } }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found = names.lazy.compactMap { name in files.first { $0.lowercased() == name } }
        return found.first.map { "\(folder)/\($0)" }
    }
}

/// The name's extension, in lower case, without the dot.
func pathExtension(_ path: String) -> String {
    let name = lastPart(of: path)
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return String(name[name.utf8.index(after: dot)...]).lowercased()
}

/// The name without its extension.
func stem(_ path: String) -> String {
    let name = lastPart(of: path)
    return name.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(name[..<$0]) } ?? name
}
