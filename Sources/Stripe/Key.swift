import COpenSSL
import Wire

/// A Blowfish key of 4 to 56 bytes; its descriptions never reveal them, and its memory is cleared when nobody has it any more.
package struct Key: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let memory: KeyMemory

    var count: Int { memory.bytes.count }

    /// Nil when the text is not 8 to 112 hex digits, two for each byte.
    package init?(hexadecimal text: String) { self.init(digits: text.utf8) }

    /// The same for the bytes of a text.
    init?(digits: some Collection<UInt8>) {
        guard digits.count.isMultiple(of: 2), (8...112).contains(digits.count) else { return nil }
        memory = KeyMemory(count: digits.count / 2)
        for (index, digit) in digits.enumerated() {
            guard let value = hexadecimalDigit(digit) else { return nil }
            memory.bytes[index / 2] = memory.bytes[index / 2] << 4 | value
        }
    }

    /// A new key of 16 bytes from the system's source of randomness.
    package static func random() -> Key { Key(memory: KeyMemory(count: 16) { UInt8.random(in: .min ... .max) }) }

    private init(memory: KeyMemory) { self.memory = memory }

    func withBytes<Result>(_ body: (UnsafePointer<UInt8>?) -> Result) -> Result {
        withExtendedLifetime(memory) { body(UnsafePointer(memory.bytes.baseAddress)) }
    }

    /// The key in hex digits, for use in a keyring only.
    package var hexadecimal: String { withExtendedLifetime(memory) { Wire.hexadecimal(Array(memory.bytes)) } }

    package var description: String { "a key" }
    package var debugDescription: String { description }

    package static func == (one: Key, other: Key) -> Bool {
        one.count == other.count
            && CRYPTO_memcmp(one.memory.bytes.baseAddress, other.memory.bytes.baseAddress, one.count) == 0
    }
}

/// The only copy of a key's bytes: nothing writes them once the key is made.
private final class KeyMemory: @unchecked Sendable {
    let bytes: UnsafeMutableBufferPointer<UInt8>

    init(count: Int, _ byte: () -> UInt8 = { 0 }) {
        bytes = .allocate(capacity: count)
        for index in 0..<count { bytes.initializeElement(at: index, to: byte()) }
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }
}
