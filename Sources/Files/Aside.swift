import CPosix
import Glibc
import Wire

/// A folder inside the library for files that are put aside: nothing is deleted, and no name is used twice.
package struct Aside {
    package static let trash = ".segue/trash"
    package static let damaged = ".segue/damaged"

    /// The library's folder, absolute.
    private let library: String
    private let folder: String

    package init(library: String, folder: String) { (self.library, self.folder) = (library, folder) }

    /// Moves a file there under its own path, or one like it, durably; nil when there is no such file.
    ///
    /// Both paths are relative to the library.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func take(_ path: String) throws(Failure) -> String? {
        guard fileSize("\(library)/\(path)") != nil else { return nil }
        for number in 1... {
            let place = place(path, number)
            try makeFolder(parent(of: "\(library)/\(place)"), in: library)
            if try moveFile("\(library)/\(path)", to: "\(library)/\(place)") { return place }
        }
        return nil
    }

    /// The path there of a file with this path and content; nil when there is none.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func find(_ path: String, bytes: Int, sha256: String) throws(Failure) -> String? {
        for number in 1... {
            guard let size = fileSize("\(library)/\(place(path, number))") else { return nil }
            if size == bytes, try digest(ofFile: "\(library)/\(place(path, number))").sha256 == sha256 {
                return place(path, number)
            }
        }
        return nil
    }

    /// The path there of the last file that came from this path; nil when there is none.
    package func latest(_ path: String) -> String? {
        var latest: String?
        for number in 1... {
            guard fileSize("\(library)/\(place(path, number))") != nil else { break }
            latest = place(path, number)
        }
        return latest
    }

    private func parent(of path: String) -> String { Files.folder(of: path) }

    private func place(_ path: String, _ number: Int) -> String {
        let name = lastPart(of: path)
        let end = name.utf8.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
        let numbered =
            number == 1
            ? name : FileName.numbered(String(name[..<end]), number, extension: String(name[end...].dropFirst()))
        return "\(folder)/\(parent(of: path))/\(numbered)"
    }
}

/// Gives a file another path, durably; false when that is taken. A journal takes the old name along with the new one.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func moveFile(_ old: String, to new: String) throws(Failure) -> Bool {
    guard posix_rename_without_replacing(old, new) == 0 else {
        if errno == EEXIST { return false }
        throw fileFailure("cannot move \(old) to \(new)")
    }
    try synchroniseFolder(of: new)
    return true
}
