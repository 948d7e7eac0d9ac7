import COpenSSL
import Wire

/// A running SHA-256, computed by OpenSSL.
package struct SHA256: ~Copyable {
    private let context: OpaquePointer

    package init() {
        context = needed(EVP_MD_CTX_new())
        mustSucceed(EVP_DigestInit_ex(context, EVP_sha256(), nil))
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        mustSucceed(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// The 32 bytes of the digest.
    package consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        mustSucceed(EVP_DigestFinal_ex(context, &digest, nil))
        return digest
    }

    /// The digest of a short text, as 64 hex digits.
    package static func of(_ text: String) -> String { of(Array(text.utf8)) }

    package static func of(_ bytes: [UInt8]) -> String {
        var digest = SHA256()
        bytes.withUnsafeBytes { digest.update($0) }
        return hexadecimal(digest.finish())
    }
}

/// Ends the program unless OpenSSL did what it was told: a digest is all that a wrong file is known by.
func mustSucceed(_ status: Int32) {
    guard status == 1 else {
        endProgram("OpenSSL computes no digest: there is no memory left, or it is set up without this kind")
    }
}
