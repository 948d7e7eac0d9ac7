import COpenSSL
import Wire

/// The MD5 of a short text as 32 hex digits, for protocols that were made with it; it protects nothing.
package func md5(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 16)
    EVP_Digest(bytes, bytes.count, &digest, nil, EVP_md5(), nil)
    return hexadecimal(digest)
}
