import CPosix
import Files
import Glibc
import Wire

/// The name that a file is to get in the library, or one like it when others have that.
struct LibraryTarget {
    let folder: String
    /// The folder of its album, and that of its artist, if they have one.
    let albumFolder: String?
    let artistFolder: String?
    private let stem: String
    private let `extension`: String

    /// Names tried for one file, of which each has room for the number of the last.
    private static let attempts = 9999

    init(
        folder: String, name: String, extension: String, limit: Int, albumFolder: String?, artistFolder: String?
    ) {
        (self.folder, self.albumFolder, self.artistFolder) = (folder, albumFolder, artistFolder)
        self.extension = `extension`
        let ending = ".\(`extension`) (\(Self.attempts))"
        stem = FileName.segment(name, reserving: ending.utf8.count, limit: limit)
    }

    /// A hidden name that only this id has; it ends in the folder that the file is for, so that a rename is enough.
    func temporary(id: String) -> String { "\(folder)/.segue-\(SHA256.of(id).prefix(16)).part" }

    func path(_ attempt: Int) -> String {
        "\(folder)/\(FileName.numbered(stem, attempt, extension: `extension`))"
    }

    /// Gives the file the first name that is free, and answers it.
    ///
    /// A file that has such a name already is the answer instead when it has that very content, or when `isOwn` says that
    /// it is the same track's: then `isEdited`, and this one is discarded. A name is not free when another differs from it
    /// in nothing that each file system minds.
    func settle(
        _ part: PartialFile, _ bytes: Int, _ sha256: String, besides names: FolderNames, isOwn: (String) -> Bool
    ) throws(Failure) -> (path: String, isEdited: Bool) {
        let taken = names.keys(of: folder)
        for attempt in 1...Self.attempts {
            let path = path(attempt)
            // An empty file may be what a crash left of a name that was to be ours.
            let isFree = !taken.contains(FileName.collisionKey(lastPart(of: path))) || fileSize(path) == 0
            if isFree, try part.rename(ifFree: path) { return (path, false) }
            let isSame = try isFile(path, bytes, sha256)
            guard isSame || isOwn(path) else { continue }
            part.discard()
            try synchroniseFolder(of: path)
            return (path, !isSame)
        }
        throw .permanent("name_taken", "all names like \(path(1)) are taken by other files")
    }

    /// Whether a file has this name, or one of those like it.
    func isNamed(_ path: String) -> Bool {
        guard Files.folder(of: path).utf8.elementsEqual(folder.utf8) else { return false }
        return FileName.isNumbered(lastPart(of: path), stem, extension: `extension`)
    }

    /// Which of the names that file has, as far as there are files under them.
    func path(ofFile bytes: Int, _ sha256: String) throws(Failure) -> String? {
        for attempt in 1...Self.attempts {
            guard fileSize(path(attempt)) != nil else { return nil }
            if try isFile(path(attempt), bytes, sha256) { return path(attempt) }
        }
        return nil
    }

    /// Moves a file of the library to the first name that is free, and answers it.
    func settle(_ old: String, besides names: FolderNames) throws(Failure) -> String {
        try makeFolder(folder)
        var taken = names.keys(of: folder)
        // A name may differ from the file's own in nothing but upper and lower case.
        if Files.folder(of: old).utf8.elementsEqual(folder.utf8) {
            taken.remove(FileName.collisionKey(lastPart(of: old)))
        }
        for attempt in 1...Self.attempts {
            let path = path(attempt)
            guard !taken.contains(FileName.collisionKey(lastPart(of: path))) else { continue }
            if posix_rename_without_replacing(old, path) == 0 {
                try synchroniseFolder(of: path)
                try synchroniseFolder(of: old)
                return path
            }
            if errno != EEXIST { throw fileFailure("cannot move \(old) to \(path)") }
        }
        throw .permanent("name_taken", "all names like \(path(1)) are taken by other files")
    }
}
