import Glibc
import Wire

/// The folder of a library as a process found it when it began: what is put there goes there, or nowhere.
///
/// A disk that is unmounted leaves an empty folder behind, and one that is mounted covers what was there: neither is
/// the library any more.
package final class LibraryRoot: Sendable {
    /// Absolute, as it was told.
    package let path: String
    private let descriptor: Int32
    private let device: UInt
    private let inode: UInt

    /// Makes the folder when it is missing.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package init(at path: String) throws(Failure) {
        self.path = absolute(path)
        try makeFolder(self.path)
        descriptor = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(self.path)") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fileFailure("cannot look at \(self.path)") }
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    deinit { close(descriptor) }

    /// Throws `library_gone` unless the path still leads to the folder that it led to at the start.
    ///
    /// - Throws: `library_gone` (`config`).
    package func check() throws(Failure) {
        var status = stat()
        if stat(path, &status) == 0, UInt(status.st_dev) == device, UInt(status.st_ino) == inode { return }
        throw .config(
            "library_gone", "the library \(path) is not there any more, or is another folder: mount it, or put it back")
    }
}
