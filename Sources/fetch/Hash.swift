import Files
import Glibc
import Wire

/// The running digests of a file's bytes as they arrive, after those of an earlier try: SHA-256, and those that its source gives.
final class Hash {
    private var digest: SHA256? = SHA256()
    private let told: MediaDigests
    private let others: [(algorithm: MediaDigests.Algorithm, digest: SourceDigest)]

    init(_ told: MediaDigests) {
        self.told = told
        others = told.algorithms.map { ($0, SourceDigest($0)) }
    }

    func take(_ piece: UnsafeRawBufferPointer) {
        digest?.update(piece)
        for other in others { other.digest.update(piece) }
    }

    /// Adds all bytes of a file, and returns how many there are.
    func take(fileAt path: String) throws(Failure) -> Int {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        defer { close(descriptor) }
        return try readAll(descriptor, of: path) { take($0) }
    }

    /// The first kind of digest by which these are not the bytes that the source means; nothing can be added afterwards.
    func contradiction() -> MediaDigests.Algorithm? {
        others.first { $0.digest.finish() != told[$0.algorithm] }?.algorithm
    }

    /// The 32 bytes of SHA-256; nothing can be added afterwards.
    func finish() -> [UInt8] { digest.take()?.finish() ?? [] }
}
