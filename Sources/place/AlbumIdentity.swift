import Files
import Wire

/// Which album a track is of, where another may have the same name and the same artist.
///
/// A folder that is an album's own says so in a hidden file, which goes where the folder goes.
struct AlbumIdentity {
    /// Of all albums: the id that its catalog has for it, or its barcode.
    let key: String
    let year: String?

    static let file = ".segue-album"

    /// Nil when nothing tells the album from its namesakes.
    init?(_ track: Track) {
        guard let key = track.albumID ?? track.upc.map({ "upc:\($0)" }) else { return nil }
        (self.key, year) = (key, track.year)
    }

    /// What its folder may be called, best first: what comes after its name.
    var suffixes: [String] { ["", year.map { " (\($0))" }].compactMap(\.self) + (2...99).map { " (\($0))" } }

    /// The key of the album that a folder is for; nil when it is nobody's yet.
    static func owner(ofFolder path: String) -> String? {
        guard let bytes = contents(of: "\(path)/\(file)", atMost: 4096) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes a folder this album's own; false when it is another's.
    func claim(folder path: String) throws(Failure) -> Bool {
        if let owner = Self.owner(ofFolder: path) { return owner.utf8.elementsEqual(key.utf8) }
        try makeFolder(path)
        return try locking(path) { () throws(Failure) in
            if let owner = Self.owner(ofFolder: path) { return owner.utf8.elementsEqual(key.utf8) }
            let part = try PartialFile(at: "\(path)/\(Self.file).part", keeping: false)
            try part.write(Array(key.utf8))
            try part.rename(to: "\(path)/\(Self.file)")
            return true
        }
    }
}
