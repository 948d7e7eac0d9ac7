import Files
import Glibc
import Wire

/// Reads a descriptor to its end and hands over its bytes transformed, piece by piece, from one buffer.
package final class StripeReader {
    private let descriptor: Int32
    private let name: String
    private var stripe: Stripe?
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes in the buffer, and how many of them were in the last piece.
    private var filled = 0
    private var handed = 0

    /// Few enough for the processor's cache, and to come from the heap rather than from fresh pages for each file.
    private static let targetBytes = 65_536

    /// The caller keeps `descriptor` open and closes it, messages call it `name`, and without a stripe the bytes stay
    /// as they are.
    package init(_ descriptor: Int32, of name: String, _ stripe: consuming Stripe?) {
        (self.descriptor, self.name) = (descriptor, name)
        let chunkBytes = stripe?.chunkBytes ?? 1
        buffer = .allocate(byteCount: max(1, Self.targetBytes / chunkBytes) * chunkBytes, alignment: 16)
        self.stripe = stripe
    }

    deinit { buffer.deallocate() }

    /// The next finished bytes, valid until the next call; nil at the end.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it, and `no_blowfish` (`config`).
    package func next() throws(Failure) -> UnsafeRawBufferPointer? {
        dropHanded()
        while try fill() {
            handed = try stripe?.transform(UnsafeMutableRawBufferPointer(rebasing: buffer[..<filled])) ?? filled
            if handed > 0 { return piece }
        }
        // The body ends here, so the rest is a last short chunk.
        handed = filled
        return handed > 0 ? piece : nil
    }

    private var piece: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<handed]) }

    private func dropHanded() {
        if handed < filled, handed > 0, let base = buffer.baseAddress { memmove(base, base + handed, filled - handed) }
        filled -= handed
        handed = 0
    }

    /// Reads more into the buffer; false at the end.
    private func fill() throws(Failure) -> Bool {
        while true {
            let count = read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fileFailure("cannot read \(name)") }
            filled += count
            return count > 0
        }
    }
}
