import Glibc
import Wire

/// The length and SHA-256 of a whole file.
package func digest(ofFile path: String) throws(Failure) -> (bytes: Int, sha256: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
    defer { close(descriptor) }
    var digest = SHA256()
    let bytes = try readAll(descriptor, of: path) { digest.update($0) }
    return (bytes, hexadecimal(digest.finish()))
}

/// Hands over what is left of an open file, piece by piece, and says how many bytes that was.
package func readAll(
    _ descriptor: Int32, of path: String, each: (UnsafeRawBufferPointer) -> Void
) throws(Failure) -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 4096)
    defer { buffer.deallocate() }
    var total = 0
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw fileFailure("cannot read \(path)") }
        if count == 0 { return total }
        total += count
        each(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
}

/// What the last failed system call on a file means: a full disk or missing rights are the set-up's fault.
package func fileFailure(_ what: String, errno code: Int32 = errno) -> Failure {
    let message = "\(what): \(String(cString: strerror(code)))"
    return switch code {
    case ENOSPC, EDQUOT, EFBIG: .config("disk_full", message)
    case EACCES, EPERM, EROFS: .config("no_access", message)
    case ENOTDIR: .config("no_folder", message)
    case ENAMETOOLONG: .permanent("name_too_long", message)
    default: .transient("file_error", message)
    }
}
