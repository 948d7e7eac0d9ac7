/// A finished file in the library.
package struct Placed: Equatable, Sendable {
    /// The absolute path.
    package var path: String
    package var bytes: Int
    package var sha256: String
    package var format: Format
    /// The length of the audio in seconds.
    package var duration: Double?
    /// The origin's own name for what came.
    package var quality: String?
    /// The quality or format that was preferred, where this one was taken instead.
    package var wanted: String?
    /// `missing` where the cover could not be fetched yet.
    package var artwork: String?
    /// The id of the track whose file it is, where that is another source's of the same recording.
    package var sameAs: String?
    /// Whether a better file, which takes its place, is on its way.
    package var isSuperseded = false

    package init(
        path: String, bytes: Int, sha256: String, format: Format, duration: Double?, quality: String?,
        wanted: String? = nil, artwork: String? = nil
    ) {
        (self.path, self.bytes, self.sha256, self.format) = (path, bytes, sha256, format)
        (self.duration, self.quality, self.wanted, self.artwork) = (duration, quality, wanted, artwork)
    }

    /// The word for a cover that could not be fetched yet.
    package static let missing = "missing"
    package var lacksArtwork: Bool { artwork == Self.missing }

    /// - Throws: `bad_record`, or `bad_format` for a format that is not known; both are `permanent`.
    package init(_ section: Section) throws(Failure) {
        path = try section.required("path", try section.string("path"))
        bytes = try section.required("bytes", try section.integer("bytes"))
        sha256 = try section.required("sha256", try section.string("sha256"))
        let format = try section.required("format", try section.string("format"))
        guard let known = Format(rawValue: format) else {
            throw .permanent("bad_format", "placed.format is \(format), which is not one of \(Format.list)")
        }
        self.format = known
        duration = try section.number("duration_s")
        quality = try section.string("quality")
        wanted = try section.string("wanted")
        artwork = try section.string("artwork").flatMap { $0 == Self.missing ? $0 : nil }
        sameAs = try section.string("same_as")
        isSuperseded = try section.boolean("superseded") ?? false
    }

    package func write(to object: inout JSONObject) {
        object["path"] = .string(path)
        object["bytes"] = .integer(bytes)
        object["sha256"] = .string(sha256)
        object["format"] = .string(format.rawValue)
        object["duration_s"] = duration.map(JSON.number)
        object["quality"] = quality.map(JSON.string)
        object["wanted"] = wanted.map(JSON.string)
        object["artwork"] = artwork.map(JSON.string)
        object["same_as"] = sameAs.map(JSON.string)
        object["superseded"] = isSuperseded ? .boolean(true) : nil
    }
}
