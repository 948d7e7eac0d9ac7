import Files
import Wire

/// What is known about a file in the spool, stored beside it: enough to resume it, or to recognise it.
struct TransferState: Equatable {
    var format: Format
    var quality: String?
    var cipher: Cipher?
    /// A strong validator; without one a transfer starts over.
    var etag: String?
    /// A Last-Modified field that validates as well as an ETag does, where there is none.
    var lastModified: String?
    /// Bytes of the complete file, once a server has said.
    var total: Int?
    /// Of the complete file, once it is there, as hex digits.
    var sha256: String?
    /// Bytes of the partial file that are durable, and survive a power cut.
    var synced: Int?
    /// The id of the boot in which the partial file was written: until the next boot all of it is there.
    var boot: String?

    init(media: Media, etag: String? = nil, total: Int? = nil) {
        (format, quality, cipher) = (media.format, media.quality, media.cipher)
        (self.etag, self.total, boot) = (etag, total, bootID)
    }

    /// Nil when there is no state, or it cannot be read.
    init?(at path: String) {
        guard let text = contents(of: path, atMost: 65_536), let object = (try? JSON(parsing: text))?.object,
            let format = object["format"]?.string.flatMap(Format.init(rawValue:))
        else { return nil }
        self.format = format
        if let wrapping = object["cipher"]?.object {
            guard let cipher = try? Cipher(Section("cipher", wrapping)) else { return nil }
            self.cipher = cipher
        }
        (quality, etag) = (object["quality"]?.string, object["etag"]?.string)
        lastModified = object["last_modified"]?.string
        (total, sha256) = (object["total"]?.integer, object["sha256"]?.string)
        (synced, boot) = (object["synced"]?.integer, object["boot"]?.string)
    }

    /// How many bytes of a partial file can be relied on: after a power cut only the durable ones, unless a digest of the
    /// complete file will be checked.
    func sound(of bytes: Int, for media: Media) -> Int {
        let isThisBoot = boot != nil && boot == bootID
        return isThisBoot || media.isProvable ? bytes : min(bytes, max(0, synced ?? 0))
    }

    /// What a server is asked with whether the file is still the same.
    var validator: String? { etag ?? lastModified }

    /// Whether a partial file can be continued: a server can say whether it is still the same, or a digest proves the whole.
    func isContinuable(_ media: Media) -> Bool { etag != nil || lastModified != nil || media.isProvable }

    /// Whether it may be the file that `media` names.
    func fits(_ media: Media) -> Bool {
        func agree<Value: Equatable>(_ known: Value?, _ told: Value?) -> Bool {
            known == nil || told == nil || known == told
        }
        return format == media.format && quality == media.quality && cipher == media.cipher
            && agree(total, media.bytes) && agree(sha256, media.sha256)
    }

    /// Writes it in one step; a file that a power cut left incomplete counts as no state.
    func write(to path: String) throws(Failure) {
        var object = JSONObject()
        object["format"] = .string(format.rawValue)
        object.set("quality", quality.map(JSON.string))
        object.set("cipher", cipher?.json)
        object.set("etag", etag.map(JSON.string))
        object.set("last_modified", lastModified.map(JSON.string))
        object.set("total", total.map(JSON.integer))
        object.set("sha256", sha256.map(JSON.string))
        object.set("synced", synced.map(JSON.integer))
        object.set("boot", boot.map(JSON.string))
        let file = try PartialFile(at: path + ".part", keeping: false)
        try file.write(Array(object.value.text))
        try file.giveName(path)
    }
}
