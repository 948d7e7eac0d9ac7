import CPosix
import Files
import Glibc

/// What is left of a folder when its last audio has moved away: pictures go along, and what is empty then goes.
struct Leftovers {
    /// Of the library, which stays.
    let root: String
    let target: LibraryTarget

    /// That folder, and those above it.
    func clear(_ path: String) {
        var path = path
        while path.utf8.count > root.utf8.count, empty(path), rmdir(path) == 0 { path = folder(of: path) }
    }

    /// Whether nothing that counts is left in it.
    private func empty(_ path: String) -> Bool {
        let names = names(in: path)
        let pictures = names.filter { ["cover.jpg", "cover.png", "artist.jpg", "artist.png"].contains($0) }
        guard names.allSatisfy({ pictures.contains($0) || $0 == Edition.file }) else { return false }
        guard pictures.allSatisfy({ carry($0, from: path) }) else { return false }
        unlink("\(path)/\(Edition.file)")
        return true
    }

    /// Whether the picture is where the file went; one that was there before stays, and then so does this, unless it is
    /// the same.
    private func carry(_ name: String, from path: String) -> Bool {
        let kept = name.utf8.starts(with: "cover".utf8) ? target.albumFolder : target.artistFolder
        guard let kept, !kept.utf8.elementsEqual(path.utf8) else { return false }
        let (old, new) = ("\(path)/\(name)", "\(kept)/\(name)")
        if posix_rename_without_replacing(old, new) == 0 { return true }
        guard let bytes = contents(of: old, atMost: 64 << 20), bytes == contents(of: new, atMost: 64 << 20) else {
            return false
        }
        return unlink(old) == 0
    }
}
