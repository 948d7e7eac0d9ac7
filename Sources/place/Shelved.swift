import Files
import FoundationEssentials
import Glibc
import Wire

/// A file that is in the library already, as its record says.
struct Shelved {
    let placed: Placed
    private let booking: BookingTime

    init(_ record: Record, in library: LibraryFolder) throws(Failure) {
        guard var placed = try record.placed else {
            throw .config("not_placed", "the record has no placed file; record --tracks prints records that have")
        }
        placed.path = try library.path(of: placed.path)
        self.placed = placed
        let recorded = try record.section("recorded")
        booking = BookingTime(
            modified: try recorded?.string("modified_ns").flatMap { Int($0) },
            recordedAt: try recorded?.string("at").flatMap(moment)?.timeIntervalSince1970)
    }

    var isThere: Bool { fileSize(placed.path) != nil }

    /// Whether what is there is not what was booked, though nobody wrote it since.
    var isDamaged: Bool {
        do throws(Failure) {
            _ = try current()
            return false
        } catch {
            return error.code == "damaged"
        }
    }

    /// What is to be booked of the file as it is now: somebody may have written it since.
    ///
    /// Throws `damaged` when it is not as it was booked, and nobody wrote it.
    func current() throws(Failure) -> Placed {
        var status = stat()
        guard lstat(placed.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .permanent("no_file", "there is no file at \(placed.path); see segue verify")
        }
        let found = FileStatus(status)
        let isWritten = found.isWritten(since: booking)
        let isTimed = booking != BookingTime(modified: nil, recordedAt: nil)
        if found.bytes == placed.bytes, isTimed, !isWritten { return placed }
        var now = placed
        (now.bytes, now.sha256) = try digest(ofFile: placed.path)
        let isSame = now.bytes == placed.bytes && now.sha256 == placed.sha256.lowercased()
        guard isSame || isWritten else {
            throw .permanent("damaged", "\(placed.path) is not as it was booked; see segue verify")
        }
        return now
    }
}
