import COpenSSL
import CZlib
import Wire

/// A running digest of one of the kinds that sources give besides SHA-256, computed by OpenSSL or zlib.
package final class SourceDigest {
    private let context: OpaquePointer?
    private var remainder = crc32_z(0, nil, 0)

    package init(_ algorithm: MediaDigests.Algorithm) {
        let kind: OpaquePointer? =
            switch algorithm {
            case .sha1: EVP_sha1()
            case .md5: EVP_md5()
            case .crc32: nil
            }
        context = kind.map { _ in needed(EVP_MD_CTX_new()) }
        if let kind { mustSucceed(EVP_DigestInit_ex(context, kind, nil)) }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.baseAddress else { return }
        if let context {
            mustSucceed(EVP_DigestUpdate(context, first, bytes.count))
        } else {
            remainder = crc32_z(remainder, first.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
    }

    /// The digest as lower-case hex digits; nothing can be added afterwards.
    package func finish() -> String {
        guard let context else { return hexadecimal((0..<4).reversed().map { UInt8(remainder >> (8 * $0) & 0xFF) }) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        mustSucceed(EVP_DigestFinal_ex(context, &digest, &count))
        return hexadecimal(Array(digest.prefix(Int(count))))
    }
}
