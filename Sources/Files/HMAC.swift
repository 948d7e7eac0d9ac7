import COpenSSL
import Wire

/// The 32 bytes of HMAC-SHA256 of a message, computed by OpenSSL.
package func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = needed(HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, nil))
    return digest
}
