import Glibc
import Wire

/// The audio of a library: files with the extension of audio, and links to such files.
package struct AudioWalk {
    package enum Entry: Equatable, Sendable {
        /// Its path from the library's folder.
        case file(String)
        /// A file whose path is not UTF-8, with those bytes escaped as in `caf\xe9.mp3`.
        case misnamed(String)
        /// A folder that cannot be read.
        case unreadable(String, why: String)
    }

    /// What is wrong with a file that is `misnamed`.
    package static let misnamed = "its name is not valid UTF-8; rename it"

    private static let reserved = StrayName.reserved.map { Array($0.utf8) }

    private let library: String

    /// `library` is absolute.
    package init(library: String) { self.library = library }

    /// Hands over, in no order, what is below one of the library's folders; hidden files and folders are left out, and
    /// so are folders behind links.
    package func each(below top: String = "", _ body: (Entry) -> Void) {
        var folders = [Array(top.utf8)]
        while let folder = folders.popLast() {
            do throws(Failure) {
                for name in try names(in: folder) where name.first != UInt8(ascii: ".") {
                    let path = folder.isEmpty ? name : folder + "/".utf8 + name
                    switch try kind(of: path) {
                    case S_IFDIR where !Self.reserved.contains(name): folders.append(path)
                    case S_IFREG where Self.format(of: String(escaping: name)) != nil: body(Self.entry(path))
                    default: continue
                    }
                }
            } catch {
                body(.unreadable(String(escaping: folder), why: error.message))
            }
        }
    }

    /// The format that a file's name says.
    package static func format(of path: String) -> Format? {
        let name = lastPart(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return Format(rawValue: name[name.index(after: dot)...].lowercased())
    }

    private func names(in folder: [UInt8]) throws(Failure) -> [[UInt8]] {
        guard let stream = withPath(folder, { opendir($0) }) else {
            if errno == ENOENT { return [] }
            throw fileFailure("cannot open the folder")
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            names.append(name(of: entry))
        }
        guard errno == 0 else { throw fileFailure("cannot read the folder") }
        return names
    }

    /// The file type bits of what is there, or of the file that a link leads to; 0 for anything to be ignored.
    private func kind(of path: [UInt8]) throws(Failure) -> mode_t {
        var status = stat()
        guard withPath(path, { lstat($0, &status) }) == 0 else {
            if errno == ENOENT { return 0 }
            throw fileFailure("cannot look at \(String(escaping: path))")
        }
        guard status.st_mode & S_IFMT == S_IFLNK else { return status.st_mode & S_IFMT }
        guard withPath(path, { stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        return S_IFREG
    }

    private func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let whole = (Array(library.utf8) + "/".utf8 + path + [0]).map { CChar(bitPattern: $0) }
        return body(whole)
    }

    private static func entry(_ path: [UInt8]) -> Entry {
        String(validating: path, as: UTF8.self).map(Entry.file) ?? .misnamed(String(escaping: path))
    }
}
