import Glibc
import Wire

/// All of a file of secrets; one that others can read, or that cannot be read, is the set-up's fault.
///
/// A pipe, such as `<(pass show keys)` makes one, holds nothing that others could come upon.
///
/// - Throws: `no_file` or `secret_readable` (`config`).
package func secret(inFile path: String) throws(Failure) -> [UInt8] {
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

/// Refuses a plain file with secrets that others than its owner can read, and a folder.
private func refuseIfShared(_ descriptor: Int32, _ path: String) throws(Failure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
        throw .config("no_file", "cannot look at \(path): \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .config("no_file", "\(path) is a folder; name the file in it that holds the secrets")
    case S_IFREG where status.st_mode & 0o077 != 0:
        // What stdin comes from has a name of its own.
        let name = ["/dev/", "/proc/"].contains(where: path.hasPrefix) ? realPath(path) ?? path : path
        throw .config("secret_readable", "others can read \(name), which holds secrets; try: chmod 600 \(name)")
    default: return
    }
}
