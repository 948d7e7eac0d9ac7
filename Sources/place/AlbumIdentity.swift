import Files
import Wire

/// The identity of a track's album, where another one may have the same name and artist.
///
/// An album's own folder says so in a hidden file, which stays with it when it is moved.
struct AlbumIdentity {
    /// The album's key: its catalog's id for it, or its barcode.
    let key: String
    let year: String?

    static let file = ".segue-album"

    /// Nil when the album cannot be told from others of its name.
    init?(_ track: Track) {
        guard let key = track.albumID ?? track.upc.map({ "upc:\($0)" }) else { return nil }
        (self.key, year) = (key, track.year)
    }

    /// The suffixes that its folder's name may have, best first.
    var suffixes: [String] { ["", year.map { " (\($0))" }].compactMap(\.self) + (2...99).map { " (\($0))" } }

    /// The key of the album that a folder belongs to; nil if it belongs to none yet.
    static func owner(ofFolder path: String) -> String? {
        // A power cut may leave the file without its bytes.
        guard let bytes = contents(of: "\(path)/\(file)", atMost: 4096), !bytes.isEmpty, !bytes.contains(0) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Claims a folder of the library at `root` for this album, durably with what is pending; false if it belongs to another.
    func claim(folder path: String, in root: String, _ pending: PendingSync) throws(Failure) -> Bool {
        if let owner = Self.owner(ofFolder: path) { return owner.utf8.elementsEqual(key.utf8) }
        try pending.makeFolder(path, in: root)
        return try locking(path) { () throws(Failure) in
            if let owner = Self.owner(ofFolder: path) { return owner.utf8.elementsEqual(key.utf8) }
            let (mark, isDamaged) = ("\(path)/\(Self.file)", fileSize("\(path)/\(Self.file)") != nil)
            let part = try PartialFile(at: TemporaryName.path(in: path, for: Self.file), keeping: false)
            try part.write(Array(key.utf8))
            if isDamaged {
                try part.giveName(mark)
            } else if try !part.giveName(ifFree: mark) {
                // Another machine, whose locks are not seen here, came first.
                part.discard()
                return Self.owner(ofFolder: path)?.utf8.elementsEqual(key.utf8) ?? false
            }
            pending.add(part)
            pending.add(nameOf: mark)
            return true
        }
    }
}
