import Wire

extension SpooledFile {
    /// Checks that the bytes are those that the record tells of: files of the spool are not made durable, and a power cut
    /// may leave holes in one.
    ///
    /// - Throws: `wrong_digest` (`stale`), what ``fileFailure(_:errno:)`` makes of it, and `stopped` (`transient`) as soon
    ///   as `mustDrop` says so.
    package func prove(mustDrop: () -> Bool) throws(Failure) {
        try prove(try digest(ofFile: path, mustDrop: mustDrop).sha256)
    }

    /// Checks the digest that was found, 64 hex digits.
    ///
    /// - Throws: `wrong_digest` (`stale`).
    package func prove(_ found: String) throws(Failure) {
        guard found == sha256.lowercased() else {
            throw .stale(
                "wrong_digest",
                "\(path) does not have the sha256 that its record gives; a program that writes a new file has to set it"
            )
        }
    }
}
