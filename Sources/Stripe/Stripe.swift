import Wire

/// A walk over a body of which every Nth chunk is wrapped, in either direction and from any chunk on.
///
/// - Throws: `no_blowfish` (`config`) where OpenSSL has no legacy provider, or `no_memory` (`transient`).
package struct Stripe: ~Copyable {
    package enum Direction: Sendable { case decrypt, encrypt }

    private let blowfish: Blowfish
    let chunkBytes: Int
    private let every: Int
    /// The offset in the body of the first byte that is not finished.
    private var position: Int

    package init(
        _ cipher: Cipher, key: Key, _ direction: Direction, fromChunk index: Int = 0
    ) throws(Failure) {
        blowfish = try Blowfish(key, iv: cipher.iv, direction)
        (chunkBytes, every) = (cipher.chunkBytes, cipher.every)
        position = index * cipher.chunkBytes
    }

    /// Transforms what it can of `bytes` in place, and returns how many bytes at the front are finished.
    ///
    /// `bytes` begin at `position`. The rest is part of a wrapped chunk: pass it again at the front of the next call;
    /// where the body ends there, it was never wrapped.
    mutating func transform(_ bytes: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        var finished = 0
        while finished < bytes.count {
            let left = bytes.count - finished
            var step = clearBytes(within: left)
            if step == 0 {
                guard left >= chunkBytes else { break }
                step = chunkBytes
                try blowfish.transform(UnsafeMutableRawBufferPointer(rebasing: bytes[finished..<finished + step]))
            }
            finished += step
            position += step
        }
        return finished
    }

    /// The count of bytes, of the next `limit`, that come before a wrapped chunk.
    private func clearBytes(within limit: Int) -> Int {
        let (index, offset) = position.quotientAndRemainder(dividingBy: chunkBytes)
        guard index % every != 0 else { return 0 }
        // Counts no more chunks than the limit has room for, since `every` may be any number.
        let chunks = min(every - index % every, limit / chunkBytes + 2)
        return min(limit, chunks * chunkBytes - offset)
    }
}
