import Files
import Glibc
import Naming
import Wire

/// The folder of finished audio.
struct LibraryFolder {
    let root: String
    let lengths: Lengths
    /// The same path with all links followed.
    private let realRoot: String
    /// Nil when nothing is put into the library.
    private let held: LibraryRoot?

    /// Creates the folder if it is missing.
    init(at path: String, _ lengths: Lengths) throws(Failure) {
        let held = try LibraryRoot(at: path)
        (root, self.lengths, self.held) = (held.path, lengths, held)
        guard let real = realPath(root) else { throw fileFailure("cannot find \(root)") }
        realRoot = real
    }

    /// The folder as it is, which may be missing; nothing can be put into it.
    init(expectedAt path: String, _ lengths: Lengths) {
        (root, self.lengths, held) = (absolute(path), lengths, nil)
        realRoot = realPath(root) ?? root
    }

    /// Throws `library_gone` when the folder is another one than at the start.
    func check() throws(Failure) { try held?.check() }

    /// Throws `library_gone` in place of a failure that it explains; then the part of `folder` that was created where the
    /// library was is removed again.
    func leave(_ folder: String) throws(Failure) {
        do throws(Failure) {
            try check()
        } catch {
            var path = folder
            while path.utf8.count > root.utf8.count {
                if names(in: path).allSatisfy({ $0.utf8.elementsEqual(AlbumIdentity.file.utf8) }) {
                    unlink("\(path)/\(AlbumIdentity.file)")
                }
                guard rmdir(path) == 0 || errno == ENOENT else { break }
                path = Files.folder(of: path)
            }
            throw error
        }
    }
    /// Whether files can be put into it.
    var isOpen: Bool { access(realRoot, W_OK | X_OK) == 0 }

    /// Whether the file is in the library with the size that was placed.
    func holds(_ placed: Placed) -> Bool {
        contains(realPath(placed.path)) && (try? isFile(placed.path, placed.bytes, placed.sha256)) == true
    }

    /// A path in the library, relative to its folder.
    func relative(_ path: String) -> String {
        String(decoding: path.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self)
    }

    /// The path of a file of the library as answers give it, whatever links it was given with.
    func path(of file: String) throws(Failure) -> String {
        guard file.utf8.starts(with: "\(root)/".utf8) || file.utf8.starts(with: "\(realRoot)/".utf8) else {
            throw .permanent("outside_library", "\(file) is outside the library \(root)")
        }
        if file.utf8.starts(with: "\(root)/".utf8) { return file }
        return root + String(decoding: file.utf8.dropFirst(realRoot.utf8.count), as: UTF8.self)
    }

    /// The folders of a file: the parts of its path become safe names, and its album's folder belongs to no other album.
    ///
    /// `owner` says which album a folder belongs to. Throws `outside_library` when a link leads the file's folder out of the
    /// library, and `path_too_long`.
    func folders(
        of path: NamedPath, _ edition: AlbumIdentity?, owner: (String) -> String?
    ) throws(Failure) -> FileFolders {
        var folders = [root]
        for (index, part) in path.parts.dropLast().enumerated() {
            let edition = index == path.album ? edition : nil
            folders.append(subfolder(part, of: folders[index], edition, owner: owner))
        }
        let folder = folders[folders.count - 1]
        guard folder.utf8.count + 1 + FileName.maximumBytes < PATH_MAX else {
            throw .permanent("path_too_long", "the path is longer than \(PATH_MAX) bytes: \(folder)")
        }
        guard contains(deepestRealFolder(of: folder)) else {
            throw .permanent("outside_library", "a link leads \(folder) out of the library")
        }
        return FileFolders(
            own: folder, album: path.album.map { folders[$0 + 1] }, artist: path.artist.map { folders[$0 + 1] })
    }

    /// The target of a file in its folders.
    func target(_ path: NamedPath, _ format: Format, in folders: FileFolders) -> LibraryTarget {
        LibraryTarget(
            folder: folders.own, name: path.parts.last ?? "", extension: format.rawValue, limit: lengths.file,
            albumFolder: folders.album, artistFolder: folders.artist)
    }

    /// The folder of this name, or a similar one for an album whose namesake has that folder.
    private func subfolder(
        _ part: String, of parent: String, _ edition: AlbumIdentity?, owner: (String) -> String?
    ) -> String {
        let paths = (edition?.suffixes ?? [""]).lazy.map { suffix in
            let name = FileName.segment(part, reserving: suffix.utf8.count, limit: lengths.folder) + suffix
            return Self.path(of: name, in: parent)
        }
        guard let edition else { return paths[0] }
        return paths.first { owner($0).map { $0.utf8.elementsEqual(edition.key.utf8) } ?? true } ?? paths[0]
    }

    /// The existing folder whose name some file system takes for the same one, if there is one.
    private static func path(of name: String, in folder: String) -> String {
        let path = "\(folder)/\(name)"
        var status = stat()
        if lstat(path, &status) == 0 { return path }
        let key = FileName.collisionKey(name)
        let same = names(in: folder).filter { FileName.collisionKey($0) == key }
        return same.min { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" } ?? path
    }

    /// The existing part of a folder's path.
    private func deepestRealFolder(of path: String) -> String? {
        var path = path
        while path.utf8.count > root.utf8.count {
            if let real = realPath(path) { return real }
            path = folder(of: path)
        }
        return realRoot
    }

    func contains(_ real: String?) -> Bool {
        guard let real else { return false }
        return real.utf8.elementsEqual(realRoot.utf8) || realRoot == "/" || real.utf8.starts(with: "\(realRoot)/".utf8)
    }
}

/// The folder of a file, and those of its album and its artist, if it has any.
struct FileFolders {
    let own: String
    let album: String?
    let artist: String?
}

extension Failure {
    /// In an accessible library, a folder that cannot be used, or a file in its place, concerns one record only.
    var ofOneFolder: Failure {
        var failure = self
        if ["no_folder", "no_access"].contains(code) { failure.class = .permanent }
        return failure
    }
}

/// Whether there is a file of that name with that content, itself and not behind a link.
func isFile(_ path: String, _ bytes: Int, _ sha256: String) throws(Failure) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == bytes else { return false }
    return try digest(ofFile: path).sha256 == sha256.lowercased()
}
