import Glibc
import Wire

/// The folder of a library as a process found it at its start: files go into that very folder, or nowhere.
///
/// A disk that is unmounted leaves an empty folder behind, and one that is mounted covers what was there: neither is
/// the library any longer.
package final class LibraryRoot: Sendable {
    /// The absolute path, as it was given.
    package let path: String
    private let descriptor: Int32
    private let identity: Identity

    /// Which folder it is, whatever its path.
    package struct Identity: Equatable, Sendable {
        private let device: UInt
        private let inode: UInt

        /// The variable in which a driver tells a stage which folder is meant.
        package static let variable = "SEGUE_LIBRARY_ROOT"

        /// Nil where nothing has that path.
        package init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }

        init(_ status: stat) { (device, inode) = (UInt(status.st_dev), UInt(status.st_ino)) }

        package var text: String { "\(device):\(inode)" }
    }

    /// Makes the folder when it is missing, unless the driver says that it was there before.
    ///
    /// - Throws: `library_gone` (`config`) where it is not the folder that is meant, and what ``fileFailure(_:errno:)``
    ///   makes of it.
    package init(at path: String) throws(Failure) {
        self.path = absolute(path)
        let meant = getenv(Identity.variable).map { String(cString: $0) }
        if meant == nil { try makeFolder(self.path) }
        descriptor = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw meant == nil ? fileFailure("cannot open \(self.path)") : Self.gone(self.path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fileFailure("cannot look at \(self.path)") }
        identity = Identity(status)
        if let meant, meant != identity.text { throw Self.gone(self.path) }
    }

    deinit { close(descriptor) }

    /// Checks that the path still leads to the same folder as at the start.
    ///
    /// - Throws: `library_gone` (`config`) where it does not.
    package func check() throws(Failure) {
        guard Identity(of: path) == identity else { throw Self.gone(path) }
    }

    /// The failure of a library that is no longer where it was.
    package static func gone(_ path: String) -> Failure {
        .config(
            "library_gone", "the library \(path) is gone, or another folder is in its place: mount it, or put it back")
    }
}
