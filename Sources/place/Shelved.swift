import Files
import Glibc
import Wire

/// A file that is in the library already, according to its record.
struct Shelved {
    let placed: Placed
    private let booking: BookingTime

    init(_ record: Record, in library: LibraryFolder) throws(Failure) {
        guard var placed = try record.placed else {
            throw .config("not_placed", "the record has no placed file; record --tracks prints records that have")
        }
        placed.path = try library.path(of: placed.path)
        self.placed = placed
        booking = record.booking
    }

    var isThere: Bool { fileSize(placed.path) != nil }

    /// Whether nobody has written to it since it was booked, as far as its time and size say.
    var isUntouched: Bool {
        guard let found = FileStatus(placed.path), booking != BookingTime(modified: nil, recordedAt: nil) else {
            return false
        }
        return found.bytes == placed.bytes && !found.isWritten(since: booking)
    }

    /// Whether the file is not as it was booked, though it was not written since.
    var isDamaged: Bool {
        do throws(Failure) {
            _ = try current()
            return false
        } catch {
            return error.code == "damaged"
        }
    }

    /// The file as it is now, to be booked: it may have been edited.
    ///
    /// Throws `damaged` if it is not as it was booked, though it was not written since.
    func current() throws(Failure) -> Placed {
        var status = stat()
        guard lstat(placed.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .permanent("no_file", "there is no file at \(placed.path); see segue verify")
        }
        let found = FileStatus(status)
        let isWritten = found.isWritten(since: booking)
        let isTimed = booking != BookingTime(modified: nil, recordedAt: nil)
        try refuseDamage()
        if isTimed, !isWritten { return placed }
        var now = placed
        (now.bytes, now.sha256) = try digest(ofFile: placed.path)
        let isSame = now.bytes == placed.bytes && now.sha256 == placed.sha256.lowercased()
        guard isSame || isTimed else { throw damage }
        return now
    }

    /// Throws `damaged` if its length shows that it is not as it was booked, though it was not written since.
    func refuseDamage() throws(Failure) {
        guard let found = FileStatus(placed.path), found.bytes != placed.bytes, !found.isWritten(since: booking) else {
            return
        }
        throw damage
    }

    /// Checks the digest of a file that nobody has written to: what is rotten must not be booked anew.
    ///
    /// Throws `damaged`, and what ``fileFailure(_:errno:)`` makes of it.
    func prove() throws(Failure) {
        guard isUntouched, try digest(ofFile: placed.path).sha256 != placed.sha256.lowercased() else { return }
        throw damage
    }

    private var damage: Failure {
        .permanent("damaged", "\(placed.path) is not as it was booked; see segue verify")
    }
}
