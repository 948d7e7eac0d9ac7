import Catalogue
import Files
import Glibc
import Wire

/// The library's folder as the catalogue uses it: all paths are relative to it, with links resolved.
struct LibraryPaths {
    let path: String

    /// Whether a booked file exists with its size.
    func holds(_ track: CataloguedTrack) -> Bool { fileSize("\(path)/\(track.path)") == track.bytes }

    /// A finished file's path relative to the library's folder, and the time when it was written; throws `stale` unless it
    /// exists with its size.
    func file(_ placed: Placed) throws(Failure) -> (path: String, modified: Int) {
        guard placed.path.utf8.first == UInt8(ascii: "/"), !placed.path.utf8.contains(0) else {
            throw .permanent("bad_record", "placed.path is not absolute: \(placed.path)")
        }
        guard let real = realPath(placed.path), let status = FileStatus(real) else {
            throw .stale("no_file", "there is no file at \(placed.path)")
        }
        let root = path == "/" ? path : path + "/"
        guard real.utf8.starts(with: root.utf8) else {
            throw .permanent("outside_library", "\(placed.path) is outside the library \(path)")
        }
        guard status.bytes == placed.bytes else {
            throw .stale("wrong_length", "\(placed.path) has \(status.bytes) bytes, not \(placed.bytes)")
        }
        return (String(real.utf8.dropFirst(root.utf8.count)) ?? "", status.modified)
    }
}
