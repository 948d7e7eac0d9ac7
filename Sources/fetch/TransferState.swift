import Files
import FoundationEssentials
import Glibc
import Wire

/// What is known of a file in the spool, kept beside it: enough to go on with it, or to know it again.
struct TransferState: Equatable {
    var format: Format
    var quality: String?
    var cipher: Cipher?
    /// A strong validator; without one a transfer starts anew.
    var etag: String?
    /// Bytes of the whole file, once a server told.
    var total: Int?
    /// Of the whole file, once it is there.
    var sha256: String?
    /// Bytes of the partial file that a power cut leaves.
    var synced: Int?
    /// The boot in which the partial file was written: until the next one all that was written is there.
    var boot: String?

    init(media: Media, etag: String? = nil, total: Int? = nil) {
        (format, quality, cipher) = (media.format, media.quality, media.cipher)
        (self.etag, self.total, boot) = (etag, total, bootID)
    }

    /// Nil when there is none, or none that can be read.
    init?(at path: String) {
        guard let data = FileManager.default.contents(atPath: path), let json = try? JSON(parsing: Array(data)),
            let object = json.object, let format = object["format"]?.string.flatMap(Format.init(rawValue:))
        else { return nil }
        self.format = format
        if let wrapping = object["cipher"]?.object {
            guard let cipher = try? Cipher(Section("cipher", wrapping)) else { return nil }
            self.cipher = cipher
        }
        (quality, etag) = (object["quality"]?.string, object["etag"]?.string)
        (total, sha256) = (object["total"]?.integer, object["sha256"]?.string)
        (synced, boot) = (object["synced"]?.integer, object["boot"]?.string)
    }

    /// How many of the bytes in a partial file can be built on: after a power cut only those that had been made durable,
    /// unless the digest of the whole will tell.
    func sound(of bytes: Int, for media: Media) -> Int {
        let isThisBoot = boot != nil && boot == bootID
        return isThisBoot || media.sha256 != nil ? bytes : min(bytes, max(0, synced ?? 0))
    }

    /// Whether it may be the file that `media` names.
    func fits(_ media: Media) -> Bool {
        func agree<Value: Equatable>(_ known: Value?, _ told: Value?) -> Bool {
            known == nil || told == nil || known == told
        }
        return format == media.format && quality == media.quality && cipher == media.cipher
            && agree(total, media.bytes) && agree(sha256, media.sha256)
    }

    /// Puts it in place in one step; what a power cut leaves half written is read as no state.
    func write(to path: String) throws(Failure) {
        var object = JSONObject()
        object["format"] = .string(format.rawValue)
        object.set("quality", quality.map(JSON.string))
        object.set("cipher", cipher?.json)
        object.set("etag", etag.map(JSON.string))
        object.set("total", total.map(JSON.integer))
        object.set("sha256", sha256.map(JSON.string))
        object.set("synced", synced.map(JSON.integer))
        object.set("boot", boot.map(JSON.string))
        let file = try PartialFile(at: path + ".part", keeping: false)
        try file.write(Array(object.value.text))
        guard Glibc.rename(file.path, path) == 0 else { throw fileFailure("cannot rename \(file.path) to \(path)") }
    }
}
