import Glibc

/// What changes when a file is replaced or written to.
package struct FileVersion: Equatable {
    private let inode, bytes, seconds, nanoseconds: Int

    /// Nil for a missing file, and for a pipe, whose bytes cannot be read again.
    package init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        (inode, bytes) = (Int(status.st_ino), Int(status.st_size))
        (seconds, nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }
}
