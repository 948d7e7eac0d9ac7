import Files
import Glibc
import Wire

/// The library's folder as the catalogue sees it: every path starts there, with all links resolved.
struct Library {
    let path: String

    /// The path of a finished file from the library's folder; `stale` unless it is there with its size.
    func relativePath(of placed: Placed) throws(Failure) -> String {
        guard placed.path.utf8.first == UInt8(ascii: "/"), !placed.path.utf8.contains(0) else {
            throw .permanent("bad_record", "placed.path is not absolute: \(placed.path)")
        }
        guard let real = realPath(placed.path), let size = fileSize(real) else {
            throw .stale("no_file", "there is no file at \(placed.path)")
        }
        let root = path == "/" ? path : path + "/"
        guard real.utf8.starts(with: root.utf8) else {
            throw .permanent("outside_library", "\(placed.path) lies outside the library \(path)")
        }
        guard size == placed.bytes else {
            throw .stale("wrong_length", "\(placed.path) has \(size) bytes, not \(placed.bytes)")
        }
        return String(real.utf8.dropFirst(root.utf8.count)) ?? ""
    }
}
