import Glibc

/// What changes when a file is replaced or written to.
package struct FileVersion: Equatable {
    private let inode, bytes, seconds, nanoseconds: Int

    /// Nil for a missing file, and for a pipe, whose bytes cannot be read again.
    package init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil for anything but a regular file.
    package init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        (inode, bytes) = (Int(status.st_ino), Int(status.st_size))
        (seconds, nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }

    /// Whether the next write will show: file systems count in steps of up to two seconds, and several writes within
    /// one leave the same times.
    package var isSettled: Bool { time(nil) - seconds > 2 }

    /// The same text for the same version, and for no other.
    package var text: String { "\(inode)-\(bytes)-\(seconds)-\(nanoseconds)" }
}
