/// Where to get the bytes of a track, and what they should be.
package struct Media: Equatable, Sendable {
    package var url: String
    package var format: Format
    /// The origin's own name for it, such as `mp3_320`.
    package var quality: String?
    /// The quality or format that was preferred, where this one was taken instead.
    package var wanted: String?
    package var bytes: Int?
    /// SHA-256 of the bytes as they are served: 64 hex digits.
    package var sha256: String?
    /// Further digests of the same bytes.
    package var digests = MediaDigests()
    /// SHA-256 of the clear bytes: 64 hex digits.
    package var clearSHA256: String?
    /// When the URL expires, in RFC 3339.
    package var expiresAt: String?
    /// The *name* of a credential.
    package var auth: String?
    /// Whether the file's own tags say more than the record, which has only what names tell.
    package var hasOwnTags = false
    /// Whether its format is only what a name or a type says, and nobody chose it: audio of another will do.
    package var takesAnyFormat = false
    package var cipher: Cipher?
    /// Whether who named it is on the internet, and so may not lead to this machine or its network.
    package var isFar = false

    package init(url: String, format: Format) {
        self.url = url
        self.format = format
    }

    /// - Throws: `bad_record`, `bad_format` for a format that is not known, or `bad_cipher`; all are `permanent`.
    package init(_ section: Section) throws(Failure) {
        url = try section.required("url", try section.string("url"))
        let format = try section.required("format", try section.string("format"))
        guard let known = Format(rawValue: format) else {
            throw .permanent("bad_format", "media.format is \(format), which is not one of \(Format.list)")
        }
        self.format = known
        quality = try section.string("quality")
        wanted = try section.string("wanted")
        bytes = try section.integer("bytes")
        let told = try section.section("digests")
        let listed = try told?.string("sha256")?.lowercased()
        sha256 = try section.string("sha256")?.lowercased() ?? listed
        guard listed == nil || listed == sha256 else {
            throw .permanent("bad_record", "media.sha256 and media.digests.sha256 differ")
        }
        digests = try told.map { told throws(Failure) in try MediaDigests(told) } ?? MediaDigests()
        clearSHA256 = try section.string("clear_sha256")?.lowercased()
        expiresAt = try section.string("expires_at")
        auth = try section.string("auth")
        hasOwnTags = try section.boolean("own_tags") ?? false
        takesAnyFormat = try section.boolean("any_format") ?? false
        isFar = try section.boolean("far") ?? false
        cipher = try section.section("cipher").map { section throws(Failure) in try Cipher(section) }
    }

    /// Whether the bytes are those of a file of this machine that somebody named: they are never requested.
    package var isLocal: Bool { url.utf8.starts(with: "file:".utf8) }

    /// Whether a digest proves that a file is the whole one.
    package var isProvable: Bool { sha256 != nil || !digests.isEmpty }

    package func write(to object: inout JSONObject) {
        object["url"] = .string(url)
        object["format"] = .string(format.rawValue)
        object["quality"] = quality.map(JSON.string)
        object["wanted"] = wanted.map(JSON.string)
        object["bytes"] = bytes.map(JSON.integer)
        object["sha256"] = sha256.map(JSON.string)
        object["digests"] = digests.isEmpty ? nil : digests.json
        object["clear_sha256"] = clearSHA256.map(JSON.string)
        object["expires_at"] = expiresAt.map(JSON.string)
        object["auth"] = auth.map(JSON.string)
        object["own_tags"] = hasOwnTags ? .boolean(true) : nil
        object["any_format"] = takesAnyFormat ? .boolean(true) : nil
        object["far"] = isFar ? .boolean(true) : nil
        object["cipher"] = cipher?.json
    }
}

/// The audio containers that the project knows.
package enum Format: String, CaseIterable, Sendable {
    case flac, mp3, ogg, opus, m4a, wav

    package static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
