extension String {
    /// The same only for the same bytes, other than `hashValue`, which takes NFC and NFD for equal.
    package var utf8Hash: Int {
        var (hasher, text) = (Hasher(), self)
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        return hasher.finalize()
    }
}
