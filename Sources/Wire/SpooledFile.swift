/// A file in the spool: the bytes of a track on their way to the library.
package struct SpooledFile: Equatable, Sendable {
    /// Absolute.
    package var path: String
    package var bytes: Int
    package var sha256: String
    /// Set while the bytes are still wrapped.
    package var cipher: Cipher?
    package var artwork: Artwork?
    /// A picture of the album's artist, if one was asked for.
    package var artistArtwork: Artwork?

    /// The class of the failure, where a cover could not be fetched.
    package var artworkFailure: Failure.Class?

    /// The pictures of the cover and of the artist, as far as they are present, in that order.
    package var pictures: [Artwork] { [artwork, artistArtwork].compactMap(\.self) }

    package struct Artwork: Equatable, Sendable {
        /// Absolute.
        package var path: String
        package var bytes: Int
        package var sha256: String
        /// `image/jpeg` or `image/png`, say.
        package var mime: String

        package init(path: String, bytes: Int, sha256: String, mime: String) {
            (self.path, self.bytes, self.sha256, self.mime) = (path, bytes, sha256, mime)
        }

        init(_ section: Section) throws(Failure) {
            path = try section.required("path", try section.string("path"))
            bytes = try section.required("bytes", try section.integer("bytes"))
            sha256 = try section.required("sha256", try section.string("sha256"))
            mime = try section.required("mime", try section.string("mime"))
        }
    }

    /// - Throws: `bad_record`, or `bad_cipher`; both are `permanent`.
    package init(_ section: Section) throws(Failure) {
        path = try section.required("path", try section.string("path"))
        bytes = try section.required("bytes", try section.integer("bytes"))
        sha256 = try section.required("sha256", try section.string("sha256"))
        cipher = try section.section("cipher").map { section throws(Failure) in try Cipher(section) }
        artwork = try section.section("artwork").map { section throws(Failure) in try Artwork(section) }
        artistArtwork = try section.section("artist_artwork").map { section throws(Failure) in try Artwork(section) }
        let error = try section.section("artwork_error")
        artworkFailure = try error?.string("class").map { Failure.Class(rawValue: $0) ?? .transient }
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw .permanent("bad_record", "file.path is not absolute: \(path)")
        }
    }
}
