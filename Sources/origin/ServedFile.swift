import Files
import Glibc
import Stripe
import Wire

/// The served bytes of a track, from any offset on, in constant memory.
final class ServedFile {
    private let descriptor: Int32
    private let reader: StripeReader
    /// How many bytes to drop before the first wanted one, because encryption begins with a whole chunk.
    private var surplus: Int

    init(_ song: FolderTrack, _ wrapping: Wrapping?, from start: Int) throws(Failure) {
        let cipher = try wrapping.map { wrapping throws(Failure) in try wrapping.cipher(for: song) }
        let index = start / (cipher?.cipher.chunkBytes ?? 1)
        let stripe = try cipher.map { cipher throws(Failure) in
            try Stripe(cipher.cipher, key: cipher.key, .encrypt, fromChunk: index)
        }
        let begin = index * (cipher?.cipher.chunkBytes ?? 1)
        descriptor = open(song.path, O_RDONLY | O_CLOEXEC)
        (surplus, reader) = (start - begin, StripeReader(descriptor, of: song.path, stripe))
        guard descriptor >= 0, lseek(descriptor, begin, SEEK_SET) == begin else {
            throw fileFailure("cannot open \(song.path)")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next bytes, valid until the next call; nil at the end of the file.
    func next() throws(Failure) -> UnsafeRawBufferPointer? {
        while let bytes = try reader.next() {
            let dropped = min(surplus, bytes.count)
            surplus -= dropped
            if dropped < bytes.count { return UnsafeRawBufferPointer(rebasing: bytes[dropped...]) }
        }
        return nil
    }
}
