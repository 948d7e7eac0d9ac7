import Files
import Glibc
import Wire

/// The folder of finished audio.
struct Library {
    let root: String
    /// The same with every link followed.
    private let realRoot: String

    /// Makes the folder when it is missing.
    init(at path: String) throws(Failure) {
        root = absolute(path)
        try makeFolder(root)
        guard let real = realPath(root) else { throw fileFailure("cannot find \(root)") }
        realRoot = real
    }

    /// The folder as it is, if it is there at all; nothing can be put into it.
    init(expectedAt path: String) {
        root = absolute(path)
        realRoot = realPath(root) ?? root
    }

    /// Whether that file lies here and has the bytes that were placed.
    func holds(_ placed: Placed) -> Bool {
        contains(realPath(placed.path)) && (try? isFile(placed.path, placed.bytes, placed.sha256)) == true
    }

    /// Where a file is to lie: the parts of its path become safe names.
    ///
    /// Throws `outside_library` when a link leads its folder out of the library, and `path_too_long`.
    func target(_ segments: [String], _ format: Format) throws(Failure) -> LibraryTarget {
        let folder = segments.dropLast().reduce(root) { Self.path(of: FileName.segment($1), in: $0) }
        let target = LibraryTarget(folder: folder, name: segments.last ?? "", extension: format.rawValue)
        guard target.folder.utf8.count + 1 + FileName.maximumBytes < PATH_MAX else {
            throw .permanent("path_too_long", "the path is longer than \(PATH_MAX) bytes: \(target.folder)")
        }
        guard contains(deepestRealFolder(of: target.folder)) else {
            throw .permanent("outside_library", "a link leads \(target.folder) out of the library")
        }
        return target
    }

    /// A folder that is there already under a name that some file system takes for the same one is that folder.
    private static func path(of name: String, in folder: String) -> String {
        let path = "\(folder)/\(name)"
        var status = stat()
        if lstat(path, &status) == 0 { return path }
        let key = FileName.collisionKey(name)
        let same = names(in: folder).filter { FileName.collisionKey($0) == key }
        return same.min { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" } ?? path
    }

    /// What there is of a folder that may have to be made.
    private func deepestRealFolder(of path: String) -> String? {
        var path = path
        while path.utf8.count > root.utf8.count {
            if let real = realPath(path) { return real }
            path = folder(of: path)
        }
        return realRoot
    }

    private func contains(_ real: String?) -> Bool {
        guard let real else { return false }
        return real.utf8.elementsEqual(realRoot.utf8) || realRoot == "/" || real.utf8.starts(with: "\(realRoot)/".utf8)
    }
}

/// Whether there is a file of that name with that content, itself and not behind a link.
func isFile(_ path: String, _ bytes: Int, _ sha256: String) throws(Failure) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == bytes else { return false }
    return try digest(ofFile: path).sha256 == sha256.lowercased()
}
