import Files
import Glibc
import Wire

extension Catalogue {
    /// Moves a library's catalogue aside, so that a new one can be made, and returns its new path; nil if there is none. A power cut may bring it
    /// back until the new one is there.
    ///
    /// Never overwrites one that was moved aside before. No other process may have it open.
    ///
    /// - Throws: `no_access`, `disk_full` or `file_error` when it cannot be renamed.
    package static func putAside(in library: String) throws(Failure) -> String? {
        let folder = "\(library)/.segue"
        guard access(folder, F_OK) == 0 else { return nil }
        return try locking(folder) { () throws(Failure) in
            let path = "\(folder)/catalogue.sqlite"
            guard access(path, F_OK) == 0 else { return nil }
            let taken = Set(names(in: folder))
            let number = (1...).first { !taken.contains("catalogue.sqlite.damaged-\($0)") } ?? 1
            let aside = "\(path).damaged-\(number)"
            // Its log belongs to it, and must not be read into the new one.
            for ending in ["", "-wal", "-shm"] where rename(path + ending, aside + ending) != 0 && errno != ENOENT {
                throw fileFailure("cannot put \(path + ending) aside")
            }
            return aside
        }
    }
}
