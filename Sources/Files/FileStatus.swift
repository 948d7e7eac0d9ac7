import Glibc

/// What one look at a file tells of it.
package struct FileStatus: Equatable, Sendable {
    package let bytes: Int
    /// When it was written last, in nanoseconds since 1970.
    package let modified: Int

    /// Nil where there is no regular file; a link stands for what it leads to.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    package init(_ status: stat) {
        bytes = Int(status.st_size)
        modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }

    package init(bytes: Int, modified: Int) { (self.bytes, self.modified) = (bytes, modified) }

    /// Nanoseconds that file systems keep times to: NTFS and SMB, ext3 and exFAT, FAT.
    private static let grains = [100, 10_000_000, 1_000_000_000, 2_000_000_000]

    /// Whether somebody wrote the file after it was booked.
    ///
    /// A time that the file system kept coarser than it was told is the same time.
    package func isWritten(since booking: BookingTime) -> Bool {
        if let known = booking.modified {
            return modified != known
                && !Self.grains.contains { modified.isMultiple(of: $0) && abs(modified - known) < $0 }
        }
        let slack = modified.isMultiple(of: 1_000_000_000) ? 2.0 : 0
        return booking.recordedAt.map { Double(modified) / 1e9 > $0 + slack } ?? false
    }
}

/// When a file of a library was booked, and when it had been written then.
package struct BookingTime: Equatable, Sendable {
    /// Nanoseconds since 1970; nil in bookings that did not keep it.
    package let modified: Int?
    /// Seconds since 1970.
    package let recordedAt: Double?

    package init(modified: Int?, recordedAt: Double?) { (self.modified, self.recordedAt) = (modified, recordedAt) }
}
