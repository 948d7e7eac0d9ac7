import CPosix
import Glibc
import Wire

extension PartialFile {
    /// Appends all of another file, sharing its blocks where the file system can; the other is not changed.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it, and `stopped` (`transient`) as soon as `mustDrop` says so.
    package func copy(from source: String, mustDrop: () -> Bool) throws(Failure) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw fileFailure("cannot open \(source)") }
        defer { close(input) }
        // The kernel refuses to copy into a file that is open for appending.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_APPEND)
        while true {
            if mustDrop() { throw .stopped }
            let count = posix_copy(input, descriptor, 64 << 20)
            if count < 0, errno == EINTR { continue }
            if count == 0 { return }
            if count < 0 { return try write(rest: input, of: source, after: errno) }
        }
    }

    /// Copies the rest where the kernel cannot do it itself, such as from one file system to another.
    private func write(rest input: Int32, of source: String, after code: Int32) throws(Failure) {
        guard [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(code) else {
            throw fileFailure("cannot copy \(source) to \(path)", errno: code)
        }
        _ = try readAll(input, of: source) { bytes throws(Failure) in try write(bytes) }
    }

    /// Reserves room for the file to grow by `room` bytes.
    package func reserve(_ room: Int) throws(Failure) {
        guard posix_reserve(descriptor, bytes, room) == 0 else { throw fileFailure("cannot set room aside in \(path)") }
    }

    /// Gives back the reserved room that was not needed.
    package func releaseReserve() throws(Failure) {
        guard ftruncate(descriptor, bytes) == 0 else { throw fileFailure("cannot cut \(path)") }
    }
}
