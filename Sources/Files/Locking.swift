import Glibc
import Wire

/// Holds a lock on a folder while the body runs; other processes that ask for it wait.
///
/// - Throws: what `body` throws, and for the folder what ``fileFailure(_:errno:)`` makes of it.
package func locking<Result>(_ path: String, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
    return try body()
}

/// The failure of a file that cannot be locked though nobody holds it: `no_locks` (`config`), or what
/// ``fileFailure(_:errno:)`` makes of it.
package func lockFailure(_ path: String, errno code: Int32 = errno) -> Failure {
    guard [ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL].contains(code) else {
        return fileFailure("cannot lock \(path)", errno: code)
    }
    return .config(
        "no_locks",
        "\(path) cannot be locked (\(String(cString: strerror(code)))): mount its file system with locks, "
            + "NFS with local_lock=flock say, or use another")
}
