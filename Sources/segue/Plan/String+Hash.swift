extension String {
    /// The same only for the same bytes, other than `hashValue`, which takes NFC and NFD for equal.
    var utf8Hash: Int {
        var hasher = Hasher()
        for byte in utf8 { hasher.combine(byte) }
        return hasher.finalize()
    }
}
