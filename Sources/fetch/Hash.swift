import Files
import Glibc
import Wire

/// A SHA-256 that runs over a file's bytes as they come, those of an earlier try first.
final class Hash {
    private var digest: SHA256? = SHA256()

    func take(_ piece: UnsafeRawBufferPointer) { digest?.update(piece) }

    /// Takes all bytes of a file and says how many they are.
    func take(fileAt path: String) throws(Failure) -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        defer { close(descriptor) }
        return try readAll(descriptor, of: path) { take($0) }
    }

    /// The 32 bytes; nothing can be taken afterwards.
    func finish() -> [UInt8] { digest.take()?.finish() ?? [] }
}
