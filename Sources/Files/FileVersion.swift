import Glibc

/// By what one sees that a file is another one than before, or was written since.
package struct FileVersion: Equatable {
    private let inode, bytes, seconds, nanoseconds: Int

    /// Nil for a file that is not there, and for a pipe, whose bytes are not to be had again.
    package init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        (inode, bytes) = (Int(status.st_ino), Int(status.st_size))
        (seconds, nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }
}
