import COpenSSL
import Glibc
import Wire

/// The length in bytes and the SHA-256, as 64 hex digits, of a whole file.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it, and `stopped` (`transient`) as soon as `mustDrop` says so.
package func digest(
    ofFile path: String, mustDrop: () -> Bool = { false }
) throws(Failure) -> (bytes: Int, sha256: String) {
    let descriptor = try openFile(path)
    defer { close(descriptor) }
    var digest = SHA256()
    let bytes = try readAll(descriptor, of: path, mustDrop: mustDrop) { digest.update($0) }
    return (bytes, hexadecimal(digest.finish()))
}

/// A descriptor for reading a file; never waits where the path is something else, such as a pipe that nobody writes to.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it, and `file_error` (`transient`) for anything but a regular
///   file.
package func openFile(_ path: String) throws(Failure) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return descriptor }
    close(descriptor)
    throw .transient("file_error", "\(path) is not a file")
}

/// Hands over the rest of an open file, piece by piece, and returns how many bytes that was.
///
/// - Throws: what `each` throws, what ``fileFailure(_:errno:)`` makes of it, and `stopped` (`transient`) as soon as
///   `mustDrop` says so.
package func readAll(
    _ descriptor: Int32, of path: String, mustDrop: () -> Bool = { false },
    each: (UnsafeRawBufferPointer) throws(Failure) -> Void
) throws(Failure) -> Int {
    // Small enough for the processor's cache, and to come from the heap rather than from fresh pages each time.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { buffer.deallocate() }
    var total = 0
    while true {
        if mustDrop() { throw .stopped }
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw fileFailure("cannot read \(path)") }
        if count == 0 { return total }
        total += count
        try each(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
}

/// What to do about a file that this user may not use.
package var rightsAdvice: String {
    let name = getpwuid(geteuid()).flatMap { $0.pointee.pw_name }.map { String(cString: $0) } ?? "\(geteuid())"
    return "give the user \(name) the right to it, or run this as its owner"
}

/// What the last failed system call on a file means: a full disk or missing rights are the set-up's fault.
///
/// It is `disk_full`, `no_access`, `read_only` or `no_folder` (`config`), `name_too_long` (`permanent`), or else `file_error`
/// (`transient`).
package func fileFailure(_ what: String, errno code: Int32 = errno) -> Failure {
    let message = "\(what): \(String(cString: strerror(code)))"
    return switch code {
    case ENOSPC, EDQUOT: .config("disk_full", "\(message); make room there")
    case EFBIG: .config("disk_full", message)
    case EACCES, EPERM: .config("no_access", "\(message); \(rightsAdvice)")
    case EROFS: .config("read_only", "\(message); mount it so that it can be written")
    case ENOTDIR: .config("no_folder", "\(message); a file has the name of a folder in that path")
    case ENAMETOOLONG: .permanent("name_too_long", message)
    default: .transient("file_error", message)
    }
}

/// The MD5 of a short text as 32 hex digits, for protocols that require it; it protects nothing.
package func md5(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 16)
    mustSucceed(EVP_Digest(bytes, bytes.count, &digest, nil, EVP_md5(), nil))
    return hexadecimal(digest)
}
