import COpenSSL
import Files
import Wire

/// The keys in a file, by their ids.
///
/// - Throws: `bad_keyring` (`config`), which names a wrong line by its number, never by its text.
package struct Keyring: Sendable {
    /// Keyed by the exact bytes of the id: two spellings of one text are two ids.
    private var keys: [[UInt8]: Key] = [:]

    /// Reads the file once.
    ///
    /// - Throws: `no_file`, `secret_readable` or `bad_keyring` (`config`).
    package init(readingFile path: String) throws(Failure) {
        var text = try secret(inFile: path)
        defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        try self.init(text, name: path)
    }

    package init(_ text: [UInt8], name: String) throws(Failure) {
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == 32 || $0 == 9 || $0 == 13 }
            guard let id = words.first, id.first != UInt8(ascii: "#") else { continue }
            guard words.count == 2, let key = Key(digits: words[1]) else {
                throw .config("bad_keyring", "line \(index + 1) of \(name) is not KEY_ID HEX, 8 to 112 hex digits")
            }
            guard keys.updateValue(key, forKey: Array(id)) ?? key == key else {
                throw .config("bad_keyring", "line \(index + 1) of \(name) repeats an id with another key")
            }
        }
    }

    package subscript(id: String) -> Key? { keys[Array(id.utf8)] }
}
