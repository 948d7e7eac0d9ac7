import Wire

/// A Blowfish key of 4 to 56 bytes; its descriptions never reveal them.
package struct Key: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let bytes: [UInt8]

    /// Nil when the text is not 8 to 112 hex digits, two for each byte.
    package init?(hexadecimal text: String) {
        guard let bytes = Wire.bytes(hexadecimal: text), (4...56).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// A new key of 16 bytes from the system's source of randomness.
    package static func random() -> Key { Key(bytes: (0..<16).map { _ in UInt8.random(in: .min ... .max) }) }

    /// The key in hex digits, for use in a keyring only.
    package var hexadecimal: String { Wire.hexadecimal(bytes) }

    package var description: String { "a key" }
    package var debugDescription: String { description }
}
