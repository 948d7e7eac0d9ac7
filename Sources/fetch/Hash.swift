import Files
import Glibc
import Wire

/// A running SHA-256 of a file's bytes as they arrive, after those of an earlier try.
final class Hash {
    private var digest: SHA256? = SHA256()

    func take(_ piece: UnsafeRawBufferPointer) { digest?.update(piece) }

    /// Adds all bytes of a file, and returns how many there are.
    func take(fileAt path: String) throws(Failure) -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        defer { close(descriptor) }
        return try readAll(descriptor, of: path) { take($0) }
    }

    /// The 32 bytes of the digest; nothing can be added afterwards.
    func finish() -> [UInt8] { digest.take()?.finish() ?? [] }
}
