import Wire

extension Media {
    /// Throws when what is told of the bytes can be true of no file.
    func check() throws(Failure) {
        if let count = self.bytes, count < 1 { throw .permanent("bad_record", "media.bytes is \(count)") }
        guard let sha256 else { return }
        if Wire.bytes(hexadecimal: sha256)?.count != 32 {
            throw .permanent("bad_record", "media.sha256 is not 64 hex digits")
        }
    }
}
