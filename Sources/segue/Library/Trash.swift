import Files
import Glibc
import Wire

/// Where files of a library go that nobody wants any more: nothing is removed.
struct Trash {
    /// The library's folder, with links resolved.
    let library: String

    private static let name = ".segue/trash"

    /// Puts a file aside with its lyrics, and its folder's cover when it was the last there. Paths start at the library.
    func take(_ path: String) throws(Failure) {
        guard try move(path) else { return }
        _ = try move((path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? path) + ".lrc")
        try clear(Files.folder(of: path))
    }

    /// False when there is no such file.
    private func move(_ path: String) throws(Failure) -> Bool {
        guard fileSize("\(library)/\(path)") != nil else { return false }
        let aside = "\(library)/\(Self.name)/\(path)"
        try makeFolder(Files.folder(of: aside))
        guard rename("\(library)/\(path)", aside) == 0 else { throw fileFailure("cannot move \(path) to the trash") }
        return true
    }

    /// Takes a folder away in which only a cover is left, and those above it that are empty then.
    private func clear(_ folder: String) throws(Failure) {
        guard folder != "." else { return }
        let names = names(in: "\(library)/\(folder)")
        let covers = names.filter { ["cover.jpg", "cover.png"].contains($0) }
        guard names.allSatisfy({ covers.contains($0) || $0 == ".segue-album" }) else { return }
        for cover in covers { _ = try move("\(folder)/\(cover)") }
        unlink("\(library)/\(folder)/.segue-album")
        if rmdir("\(library)/\(folder)") == 0 { try clear(Files.folder(of: folder)) }
    }
}
