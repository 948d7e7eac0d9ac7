import CPosix
import Glibc
import Wire

/// The bytes of a file of secrets. From now on no core file holds the memory of this process, and no other process of its user
/// reads it.
///
/// A pipe, such as `<(pass show keys)` makes, leaves nothing on disk that others could find.
///
/// - Throws: `no_file` where it cannot be read, or `secret_readable` where other users can read it; both are `config`.
package func secret(inFile path: String) throws(Failure) -> [UInt8] {
    posix_hide_memory()
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .config("no_file", "cannot open \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    try refuseIfShared(descriptor, path)
    var bytes: [UInt8] = []
    do throws(Failure) {
        _ = try readAll(descriptor, of: path) { bytes += $0 }
    } catch {
        throw .config("no_file", error.message)
    }
    return bytes
}

/// Refuses a regular file that users other than its owner can read, and a folder.
private func refuseIfShared(_ descriptor: Int32, _ path: String) throws(Failure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
        throw .config("no_file", "cannot look at \(path): \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .config("no_file", "\(path) is a folder; name the file in it that holds the secrets")
    case S_IFREG where status.st_mode & 0o077 != 0:
        // A file behind stdin has a name of its own, which helps more.
        let name = ["/dev/", "/proc/"].contains(where: path.hasPrefix) ? realPath(path) ?? path : path
        throw .config("secret_readable", "others can read \(name), which holds secrets; try: chmod 600 \(name)")
    default: return
    }
}
