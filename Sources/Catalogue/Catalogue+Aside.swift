import Files
import Glibc
import Wire

extension Catalogue {
    /// Puts a library's catalogue aside, so that a new one can be made, and returns what it is called now; nil where there
    /// is none.
    ///
    /// Nothing that was put aside before is written over. Nobody else may have it open.
    package static func putAside(in library: String) throws(Failure) -> String? {
        let folder = "\(library)/.segue"
        guard access(folder, F_OK) == 0 else { return nil }
        return try locking(folder) { () throws(Failure) in
            let path = "\(folder)/catalogue.sqlite"
            guard access(path, F_OK) == 0 else { return nil }
            let taken = Set(names(in: folder))
            let number = (1...).first { !taken.contains("catalogue.sqlite.damaged-\($0)") } ?? 1
            let aside = "\(path).damaged-\(number)"
            // Its log is a part of it, and no part of the new one.
            for ending in ["", "-wal", "-shm"] where rename(path + ending, aside + ending) != 0 && errno != ENOENT {
                throw fileFailure("cannot put \(path + ending) aside")
            }
            try synchroniseFolder(of: path)
            return aside
        }
    }
}
