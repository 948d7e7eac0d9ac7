import Files
import FoundationEssentials
import Glibc
import Wire

/// What is known of a file in the spool, kept beside it: enough to go on with it, or to know it again.
struct State: Equatable {
    var format: Format
    var quality: String?
    var cipher: Cipher?
    /// A strong validator; without one a transfer starts anew.
    var etag: String?
    /// Bytes of the whole file, once a server told.
    var total: Int?
    /// Of the whole file, once it is there.
    var sha256: String?

    init(media: Media, etag: String? = nil, total: Int? = nil) {
        (format, quality, cipher) = (media.format, media.quality, media.cipher)
        (self.etag, self.total) = (etag, total)
    }

    /// Nil when there is none, or none that can be read.
    init?(at path: String) {
        guard let data = FileManager.default.contents(atPath: path), let json = try? JSON(parsing: Array(data)),
            let object = json.object, let format = object["format"]?.string.flatMap(Format.init)
        else { return nil }
        self.format = format
        if let wrapping = object["cipher"]?.object {
            guard let cipher = try? Cipher(Section("cipher", wrapping)) else { return nil }
            self.cipher = cipher
        }
        (quality, etag) = (object["quality"]?.string, object["etag"]?.string)
        (total, sha256) = (object["total"]?.integer, object["sha256"]?.string)
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
        let file = try PartialFile(at: path + ".part", keeping: false)
        try file.write(Array(object.value.text))
        guard Glibc.rename(file.path, path) == 0 else { throw fileFailure("cannot rename \(file.path) to \(path)") }
    }
}
