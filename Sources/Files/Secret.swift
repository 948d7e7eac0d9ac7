import Glibc
import Wire

/// All of a file of secrets; one that others can read, or that cannot be read, is the set-up's fault.
package func secret(inFile path: String) throws(Failure) -> [UInt8] {
    try refuseIfShared(path)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .config("no_file", "cannot open \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    do throws(Failure) {
        _ = try readAll(descriptor, of: path) { bytes += $0 }
    } catch {
        throw .config("no_file", error.message)
    }
    return bytes
}

/// Refuses a file with secrets that others than its owner can read.
private func refuseIfShared(_ path: String) throws(Failure) {
    var status = stat()
    guard stat(path, &status) == 0 else {
        throw .config("no_file", "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & 0o077 == 0 else {
        throw .config("secret_readable", "others can read \(path), which holds secrets; try: chmod 600 \(path)")
    }
}
