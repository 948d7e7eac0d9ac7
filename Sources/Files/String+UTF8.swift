extension String {
    /// A hash number of the exact bytes, unlike `hashValue`, which takes NFC and NFD for equal.
    package var utf8Hash: Int {
        var (hasher, text) = (Hasher(), self)
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        return hasher.finalize()
    }
}

/// The text with `?` for each NUL, where SQLite's readers would cut it off.
package func storable(_ text: String?) -> String? {
    guard let text, text.utf8.contains(0) else { return text }
    return String(decoding: text.utf8.map { $0 == 0 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
}
