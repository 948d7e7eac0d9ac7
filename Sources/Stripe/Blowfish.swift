import COpenSSL
import Wire

/// Blowfish-CBC under one key, chunk by chunk: each begins with the same initialisation vector, none is padded.
final class Blowfish {
    private let context: OpaquePointer
    private let iv: [UInt8]

    /// Schedules the key, which is the one costly step.
    ///
    /// - Throws: `no_blowfish` (`config`) where OpenSSL has no Blowfish, or `no_memory` (`transient`).
    init(_ key: Key, iv: [UInt8], _ direction: Stripe.Direction) throws(Failure) {
        let algorithm = try Algorithm.fetched.get().cipher
        guard let context = EVP_CIPHER_CTX_new() else { throw .transient("no_memory", "no memory for a cipher") }
        (self.context, self.iv) = (context, iv)
        // The length must be set before the key, and needs the algorithm: hence two calls.
        guard EVP_CipherInit_ex(context, algorithm, nil, nil, nil, direction == .encrypt ? 1 : 0) == 1,
            EVP_CIPHER_CTX_set_key_length(context, Int32(key.count)) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            key.withBytes({ EVP_CipherInit_ex(context, nil, nil, $0, iv, -1) }) == 1
        else { throw Self.refusal }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    /// Transforms a chunk, a multiple of 8 bytes, in place.
    func transform(_ chunk: UnsafeMutableRawBufferPointer) throws(Failure) {
        let bytes = chunk.assumingMemoryBound(to: UInt8.self).baseAddress
        var written: Int32 = 0
        guard EVP_CipherInit_ex(context, nil, nil, nil, iv, -1) == 1,
            EVP_CipherUpdate(context, bytes, &written, bytes, Int32(chunk.count)) == 1, Int(written) == chunk.count
        else { throw Self.refusal }
    }

    private static let refusal = Failure.config("no_blowfish", "OpenSSL refuses to run Blowfish")
}

/// The algorithm, fetched once a process and only when needed: loading its provider takes milliseconds.
///
/// It has a library context of its own, so that nothing else gets the provider of old algorithms.
private struct Algorithm: @unchecked Sendable {
    let cipher: OpaquePointer

    static let fetched: Result<Algorithm, Failure> = {
        guard let library = OSSL_LIB_CTX_new(), OSSL_PROVIDER_load(library, "legacy") != nil,
            let cipher = EVP_CIPHER_fetch(library, "BF-CBC", nil)
        else {
            return .failure(.config("no_blowfish", "OpenSSL has no Blowfish: its legacy provider does not load"))
        }
        return .success(Algorithm(cipher: cipher))
    }()
}
