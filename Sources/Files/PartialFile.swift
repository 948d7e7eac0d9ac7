import CPosix
import Glibc
import Wire

/// A file that is being written under a temporary name, locked against every other process until it gets its final one.
///
/// The lock is the kernel's and ends with the process; a crash leaves a temporary file that the next holder of the name
/// takes over.
///
/// - Throws: all methods throw what ``fileFailure(_:errno:)`` makes of it.
package final class PartialFile {
    package let path: String
    package let descriptor: Int32

    /// Creates or opens `path`, and makes its folder when missing; bytes already in the file stay only when `keeping`.
    ///
    /// - Throws: `busy` (`transient`) while another process holds the file, `no_locks` (`config`) where it cannot
    ///   be locked, and what ``fileFailure(_:errno:)`` makes of it.
    package init(at path: String, keeping: Bool) throws(Failure) {
        self.path = path
        descriptor = try Self.lock(path)
        if !keeping, bytes > 0 { try truncate() }
    }

    deinit { close(descriptor) }

    /// Bytes in the file now.
    package var bytes: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Appends all of `bytes`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try writeAll(bytes, to: descriptor, of: path)
    }

    /// Appends all of `bytes`.
    package func write(_ bytes: [UInt8]) throws(Failure) {
        try bytes.span.withUnsafeBytes { bytes throws(Failure) in try write(bytes) }
    }

    /// Truncates the file; the next write begins there.
    package func truncate(to bytes: Int = 0) throws(Failure) {
        guard ftruncate(descriptor, bytes) == 0 else { throw fileFailure("cannot cut \(path)") }
    }

    /// Makes the bytes durable under `name`, replacing any file that has it.
    package func rename(to name: String) throws(Failure) {
        try synchronise()
        try giveName(name)
        try synchroniseFolder(of: name)
    }

    /// Makes the bytes durable under `name`; false when the name is taken, which is decided atomically.
    package func rename(ifFree name: String) throws(Failure) -> Bool {
        try synchronise()
        guard try giveName(ifFree: name) else { return false }
        try synchroniseFolder(of: name)
        return true
    }

    /// Gives the file `name`, replacing any file that has it; a power cut may undo that, or leave a name without bytes.
    package func giveName(_ name: String) throws(Failure) {
        guard Glibc.rename(path, name) == 0 else { throw fileFailure("cannot rename \(path) to \(name)") }
    }

    /// Gives the file `name`, not durably; false when the name is taken, which is decided atomically.
    package func giveName(ifFree name: String) throws(Failure) -> Bool {
        if posix_rename_without_replacing(path, name) == 0 { return true }
        if errno == EEXIST { return false }
        throw fileFailure("cannot rename \(path) to \(name)")
    }

    /// Removes the file.
    package func discard() { unlink(path) }

    /// Removes a temporary file, if there is one and no process holds it.
    package static func remove(ifAbandoned path: String) {
        guard fileSize(path) != nil else { return }
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isNamed(path, descriptor) { unlink(path) }
    }

    /// Begins to write the bytes to the disk, and does not wait: done for several files before the first is made durable,
    /// it spares all but a few of the journal's commits.
    package func beginSynchronising() { posix_begin_synchronising(descriptor) }

    /// Makes the bytes durable.
    package func synchronise() throws(Failure) {
        guard isSynchronised(descriptor) else { throw fileFailure("cannot make \(path) durable") }
    }

    /// A locked descriptor of the file that has the name while the lock is held: another holder may have renamed it
    /// meanwhile.
    private static func lock(_ path: String) throws(Failure) -> Int32 {
        while true {
            let descriptor = try open(path)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let failure = errno == EWOULDBLOCK ? nil : lockFailure(path)
                close(descriptor)
                throw failure ?? .transient("busy", "another process is writing \(path)")
            }
            if isNamed(path, descriptor) { return descriptor }
            close(descriptor)
        }
    }

    /// Whether an open file is the one that has this name.
    private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
        var held = stat(), named = stat()
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }

    /// Makes the file's folder where that is missing.
    private static func open(_ path: String) throws(Failure) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        var descriptor = Glibc.open(path, flags, 0o644)
        if descriptor < 0, errno == ENOENT {
            try makeFolder(folder(of: path))
            descriptor = Glibc.open(path, flags, 0o644)
        }
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        return descriptor
    }
}

/// Makes a new name durable.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func synchroniseFolder(of path: String) throws(Failure) { try synchronise(folder: folder(of: path)) }

/// Makes the names in a folder durable.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func synchronise(folder: String) throws(Failure) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileFailure("cannot open \(folder)") }
    defer { close(descriptor) }
    guard isSynchronised(descriptor) else { throw fileFailure("cannot make \(folder) durable") }
}

/// Whether what was written is durable, or the file system has no way to make it so, in which case nothing more can be
/// done.
private func isSynchronised(_ descriptor: Int32) -> Bool {
    fsync(descriptor) == 0 || [EINVAL, EOPNOTSUPP, ENOSYS, EBADF].contains(errno)
}

/// Writes all of the bytes to a file; messages name it by its path.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of path: String) throws(Failure) {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw fileFailure("cannot write \(path)") }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
}
