/// How a body is wrapped, and under whose key; the key itself is never in a record.
package struct Cipher: Equatable, Sendable {
    package var keyID: String
    /// Bytes in a chunk: a multiple of 8, from 8 to 1,048,576.
    package var chunkBytes: Int
    /// Every Nth chunk is wrapped, beginning with the first: this is N.
    package var every: Int
    /// The initialisation vector that every wrapped chunk begins with: 8 bytes.
    package var iv: [UInt8]

    package static let scheme = "bf-cbc-stripe"

    /// - Throws: `bad_cipher` (`permanent`) for values that no scheme has.
    package init(keyID: String, chunkBytes: Int, every: Int, iv: [UInt8]) throws(Failure) {
        guard chunkBytes % 8 == 0, (8...1_048_576).contains(chunkBytes) else {
            throw .permanent("bad_cipher", "chunk_bytes is \(chunkBytes), not a multiple of 8 from 8 to 1048576")
        }
        guard every >= 1 else { throw .permanent("bad_cipher", "every is \(every), not 1 or more") }
        guard iv.count == 8 else { throw .permanent("bad_cipher", "iv_hex is not 16 hex digits") }
        self.keyID = keyID
        self.chunkBytes = chunkBytes
        self.every = every
        self.iv = iv
    }

    /// - Throws: `bad_cipher`, or `bad_record` for a member that is missing or of another type; both are
    ///   `permanent`.
    package init(_ section: Section) throws(Failure) {
        let scheme = try section.required("scheme", try section.string("scheme"))
        guard scheme == Self.scheme else {
            throw .permanent("bad_cipher", "scheme is \(scheme), and only \(Self.scheme) is known")
        }
        try self.init(
            keyID: try section.required("key_id", try section.string("key_id")),
            chunkBytes: try section.required("chunk_bytes", try section.integer("chunk_bytes")),
            every: try section.required("every", try section.integer("every")),
            iv: bytes(hexadecimal: try section.required("iv_hex", try section.string("iv_hex"))) ?? [])
    }

    package var json: JSON {
        var object = JSONObject()
        object["scheme"] = .string(Self.scheme)
        object["key_id"] = .string(keyID)
        object["chunk_bytes"] = .integer(chunkBytes)
        object["every"] = .integer(every)
        object["iv_hex"] = .string(hexadecimal(iv))
        return object.value
    }
}

/// Two lower-case hex digits a byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
    func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
    return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for (index, byte) in bytes.enumerated() {
            (text[index * 2], text[index * 2 + 1]) = (digit(byte >> 4), digit(byte & 15))
        }
        return bytes.count * 2
    }
}

/// The bytes that pairs of hex digits stand for, or nil when the text is anything else.
package func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map(hexadecimalDigit)
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    let known = digits.compactMap { $0 }
    return stride(from: 0, to: known.count, by: 2).map { known[$0] << 4 | known[$0 + 1] }
}
