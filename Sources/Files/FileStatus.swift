import FoundationEssentials
import Glibc
import Wire

/// What one `stat` of a file says about it.
package struct FileStatus: Equatable, Sendable {
    package let bytes: Int
    /// When it was last written, in nanoseconds since 1970.
    package let modified: Int

    /// Nil where there is no regular file; links are followed.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    /// Of an open file; nil where that is no regular one.
    package init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(status)
    }

    package init(_ status: stat) {
        bytes = Int(status.st_size)
        modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }

    package init(bytes: Int, modified: Int) { (self.bytes, self.modified) = (bytes, modified) }

    /// The resolutions of file systems' times, in nanoseconds: NTFS and SMB, exFAT, ext3, FAT.
    private static let grains = [100, 10_000_000, 1_000_000_000, 2_000_000_000]

    /// Whether somebody wrote to the file after it was recorded.
    ///
    /// A time that the file system rounds counts as the same time.
    package func isWritten(since booking: BookingTime) -> Bool {
        if let known = booking.modified {
            return modified != known
                && !Self.grains.contains { modified.isMultiple(of: $0) && (modified &- known).magnitude < $0 }
        }
        let slack = modified.isMultiple(of: 1_000_000_000) ? 2.0 : 0
        return booking.recordedAt.map { Double(modified) / 1e9 > $0 + slack } ?? false
    }
}

/// When a file of a library was recorded, and when it had last been written at that moment.
package struct BookingTime: Equatable, Sendable {
    /// Nanoseconds since 1970; nil in entries that did not keep it.
    package let modified: Int?
    /// Seconds since 1970.
    package let recordedAt: Double?

    package init(modified: Int?, recordedAt: Double?) { (self.modified, self.recordedAt) = (modified, recordedAt) }
}

extension Record {
    /// What `recorded` says of when that was; nothing where it is missing or malformed.
    package var booking: BookingTime {
        let recorded = (try? section("recorded")) ?? nil
        let modified = (try? recorded?.string("modified_ns")).flatMap { Int($0) }
        let at = (try? recorded?.string("at")).flatMap(moment)?.timeIntervalSince1970
        return BookingTime(modified: modified, recordedAt: at)
    }

    /// The file of a record that was booked in the library, if that is to stay.
    package var booked: Placed? {
        guard self["recorded"] != nil, let placed = try? placed, !placed.isSuperseded else { return nil }
        return placed
    }

    /// The failure of a stage that has nothing of such a record but its file, and does not find that; nil for any other record.
    package var lacksFile: Failure? {
        booked.map { .stale("no_file", "there is no file at \($0.path) as it was booked; see segue verify") }
    }

    /// The record's file where that is there and is to stay: it has the length that was placed, or somebody edited it before it got its
    /// cover. In a stage of a shard, where the catalogue cannot be asked what it is now, the length alone counts.
    ///
    /// - Throws: `bad_record` (`permanent`) where `placed` is malformed.
    package var settled: Placed? {
        get throws(Failure) {
            guard let placed = try placed, !placed.isSuperseded, let status = FileStatus(placed.path),
                status.bytes == placed.bytes
                    || placed.lacksArtwork && getenv("SEGUE_SHARD") == nil && status.isWritten(since: booking)
            else { return nil }
            return placed
        }
    }
}
