import CPosix
import Files
import Glibc
import Wire

/// The name that a file is to get in the library, or a similar one if that is taken.
struct LibraryTarget {
    let folder: String
    /// The folders of its album and its artist, if they have any.
    let albumFolder: String?
    let artistFolder: String?
    private let stem: String
    private let `extension`: String

    /// How many names are tried for a file; each leaves room for the number of the last.
    private static let attempts = 9999

    init(
        folder: String, name: String, extension: String, limit: Int, albumFolder: String?, artistFolder: String?
    ) {
        (self.folder, self.albumFolder, self.artistFolder) = (folder, albumFolder, artistFolder)
        self.extension = `extension`
        let ending = ".\(`extension`) (\(Self.attempts))"
        stem = FileName.segment(name, reserving: ending.utf8.count, limit: limit)
    }

    /// A hidden name for this id alone, in the target folder, so that a rename is enough.
    func temporary(id: String) -> String { TemporaryName.path(in: folder, for: id) }

    func path(_ attempt: Int) -> String {
        "\(folder)/\(FileName.numbered(stem, attempt, extension: `extension`))"
    }

    /// Gives the file the first free name, not durably, and returns its path.
    ///
    /// A file that has such a name is returned instead if it has the same content, or if `isOwn` says that it is the same
    /// track's: then `isEdited` is true, and the new file is discarded. A name is not free if some file system would take it
    /// for another one's.
    func settle(
        _ part: PartialFile, _ bytes: Int, _ sha256: String, beside names: FolderNames, isOwn: (String) -> Bool
    ) throws(Failure) -> (path: String, isEdited: Bool) {
        let taken = names.keys(of: folder)
        for attempt in 1...Self.attempts {
            let path = path(attempt)
            // An empty file may be left from a crash while this name was claimed.
            let isFree = !taken.contains(FileName.collisionKey(lastPart(of: path))) || fileSize(path) == 0
            if isFree, try part.giveName(ifFree: path) { return (path, false) }
            let isSame = try isFile(path, bytes, sha256)
            guard isSame || isOwn(path) else { continue }
            part.discard()
            return (path, !isSame)
        }
        throw .permanent("name_taken", "all names like \(path(1)) are taken by other files")
    }

    /// Whether a file has this name or one of the similar ones.
    func isNamed(_ path: String) -> Bool {
        guard Files.folder(of: path).utf8.elementsEqual(folder.utf8) else { return false }
        return FileName.isNumbered(lastPart(of: path), stem, extension: `extension`)
    }

    /// The path of the file with this size and digest among the names in use; nil if there is none.
    func path(ofFile bytes: Int, _ sha256: String) throws(Failure) -> String? {
        for attempt in 1...Self.attempts {
            guard fileSize(path(attempt)) != nil else { return nil }
            if try isFile(path(attempt), bytes, sha256) { return path(attempt) }
        }
        return nil
    }

    /// Moves a file of the library to the first free name in the folder, which is there, and returns its path.
    func settle(_ old: String, beside names: FolderNames) throws(Failure) -> String {
        var taken = names.keys(of: folder)
        // A name may differ from the file's own only in case.
        if Files.folder(of: old).utf8.elementsEqual(folder.utf8) {
            taken.remove(FileName.collisionKey(lastPart(of: old)))
        }
        for attempt in 1...Self.attempts {
            let path = path(attempt)
            guard !taken.contains(FileName.collisionKey(lastPart(of: path))) else { continue }
            if posix_rename_without_replacing(old, path) == 0 {
                try synchroniseFolder(of: path)
                return path
            }
            if errno != EEXIST { throw fileFailure("cannot move \(old) to \(path)") }
        }
        throw .permanent("name_taken", "all names like \(path(1)) are taken by other files")
    }
}
