import Files
import Glibc
import StageKit
import Wire

/// What is left of a folder when its last audio has moved away: pictures go along, and what is empty then goes.
///
/// What others put there stays, and its folder with it.
struct Leftovers {
    /// Of the library, which stays.
    let root: String
    let target: LibraryTarget
    let channels: Channels

    /// That folder, and those above it.
    func clear(_ path: String) {
        var path = path
        while path.utf8.count > root.utf8.count, !holdsAudio(path) {
            let names = names(in: path)
            for name in ["cover.jpg", "cover.png", "artist.jpg", "artist.png"] where names.contains(name) {
                carry(name, from: path)
            }
            unlink("\(path)/\(Edition.file)")
            rmdir(path)
            path = folder(of: path)
        }
    }

    /// Whether audio lies in a folder or below it, or is being put there.
    private func holdsAudio(_ path: String) -> Bool {
        if names(in: path).contains(where: { $0.hasPrefix(".segue-") && $0.hasSuffix(".part") }) { return true }
        var holds = false
        AudioWalk(library: path).each { _ in holds = true }
        return holds
    }

    /// Puts a picture where the file went. Where no folder is one album's or one artist's, or has such a picture already, it
    /// goes to the trash, unless it is the same.
    private func carry(_ name: String, from path: String) {
        let old = "\(path)/\(name)"
        do throws(Failure) {
            if let kept = name.utf8.starts(with: "cover".utf8) ? target.albumFolder : target.artistFolder {
                let new = "\(kept)/\(name)"
                if try moveFile(old, to: new) { return }
                if let bytes = contents(of: old, atMost: 64 << 20), bytes == contents(of: new, atMost: 64 << 20) {
                    unlink(old)
                    return
                }
            }
            let inside = String(decoding: old.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self)
            _ = try Aside(library: root, folder: Aside.trash).take(inside)
        } catch {
            channels.note("left behind \(old): \(error.message)")
        }
    }
}
