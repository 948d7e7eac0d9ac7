import COpenSSL

/// The bytes in base64, on one line, by OpenSSL.
package func base64(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
}

/// The bytes that a text in base64 stands for; nil for any other text.
package func bytes(ofBase64 text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    let padding = characters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3 + 3)
    let count = Int(EVP_DecodeBlock(&bytes, characters, Int32(characters.count)))
    guard count >= padding, padding < 3, characters.count.isMultiple(of: 4) else { return nil }
    return Array(bytes.prefix(count - padding))
}
