import Files
import Naming
import Wire

/// Folders that were found to be in the library and to belong to an album, for as long as they are the same.
final class ProvenFolders {
    private var known: [Key: (folders: FileFolders, identity: [LibraryRoot.Identity])] = [:]

    private static let most = 256

    /// What folders depend on, by the exact bytes.
    private struct Key: Hashable {
        private let parts: [[UInt8]]
        private let album: Int?
        private let artist: Int?
        private let edition: [UInt8]?

        init(_ path: NamedPath, _ edition: AlbumIdentity?) {
            parts = path.parts.dropLast().map { Array($0.utf8) }
            (album, artist, self.edition) = (path.album, path.artist, edition.map { Array($0.key.utf8) })
        }
    }

    /// Nil unless they were added, and are still there with the album's mark.
    func folders(of path: NamedPath, _ edition: AlbumIdentity?) -> FileFolders? {
        guard let (folders, identity) = known[Key(path, edition)], Self.identity(folders, edition) == identity
        else { return nil }
        return folders
    }

    /// Adds folders that were proven, unless the file's own is still to be made.
    func add(_ folders: FileFolders, of path: NamedPath, _ edition: AlbumIdentity?) {
        if known.count == Self.most { known = [:] }
        known[Key(path, edition)] = Self.identity(folders, edition).map { (folders, $0) }
    }

    private static func identity(_ folders: FileFolders, _ edition: AlbumIdentity?) -> [LibraryRoot.Identity]? {
        let mark = edition == nil ? nil : folders.album.map { "\($0)/\(AlbumIdentity.file)" }
        let paths = [folders.own, mark].compactMap(\.self)
        let identities = paths.compactMap { LibraryRoot.Identity(of: $0) }
        return identities.count == paths.count ? identities : nil
    }
}
