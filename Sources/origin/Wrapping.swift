import Files
import Glibc
import Stripe
import Wire

/// The encryption of bodies: one key and one initialization vector for each track, the same after a restart.
struct Wrapping: Sendable {
    private let chunkBytes: Int
    private let every: Int
    private var keyring: Keyring

    /// Reads the keys from the file, and adds missing ones.
    init(keyringFile path: String, songs: Int, chunkBytes: Int, every: Int) throws(Failure) {
        (self.chunkBytes, self.every) = (chunkBytes, every)
        _ = try Cipher(keyID: "", chunkBytes: chunkBytes, every: every, iv: Self.iv(""))
        var text = access(path, F_OK) == 0 ? try secret(inFile: path) : []
        keyring = try Keyring(text, name: path)
        let missing = (1...songs).map(Self.keyID).filter { keyring[$0] == nil }
        guard !missing.isEmpty else { return }
        if let last = text.last, last != 10 { text.append(10) }
        for id in missing { text += Array("\(id) \(Key.random().hexadecimal)\n".utf8) }
        try writeSecret(text, to: path)
        keyring = try Keyring(text, name: path)
    }

    /// The cipher of a track, to announce, and its key.
    func cipher(for song: FolderTrack) throws(Failure) -> (cipher: Cipher, key: Key) {
        let id = Self.keyID(song.id)
        guard let key = keyring[id] else { throw .config("no_key", "there is no key \(id)") }
        return (try Cipher(keyID: id, chunkBytes: chunkBytes, every: every, iv: Self.iv(id)), key)
    }

    private static func keyID(_ song: Int) -> String { "track-\(song)" }

    private static func iv(_ keyID: String) -> [UInt8] {
        Wire.bytes(hexadecimal: String(SHA256.of("iv of \(keyID)").prefix(16))) ?? []
    }
}
