import COpenSSL
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
    return try secret(descriptor, path)
}

/// The rest of an open file, of which no other copy is left in memory.
private func secret(_ descriptor: Int32, _ path: String) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    bytes.reserveCapacity(piece.count)
    defer { piece.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    while true {
        let count = read(descriptor, &piece, piece.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .config("no_file", "cannot read \(path): \(String(cString: strerror(errno)))") }
        if count == 0 { return bytes }
        bytes += piece[..<count]
    }
}

/// Writes a file that only its user can read, in place of any that is there.
///
/// - Throws: what ``PartialFile`` throws.
package func writeSecret(_ bytes: [UInt8], to path: String) throws(Failure) {
    let file = try PartialFile(at: path + ".part", keeping: false)
    do throws(Failure) {
        guard fchmod(file.descriptor, 0o600) == 0 else { throw fileFailure("cannot protect \(file.path)") }
        try file.write(bytes)
        try file.rename(to: path)
    } catch {
        file.discard()
        throw error
    }
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
