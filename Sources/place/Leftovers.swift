import Files
import Glibc
import StageKit
import Tags
import Wire

/// Cleans up folders whose audio has moved away: the album's files move along, and empty folders are removed.
///
/// Files that others put there stay, with their folder, and a note says so.
final class Leftovers {
    /// The library's folder, which always stays.
    private let root: String
    private let channels: Channels
    private var told: Set<Int> = []

    /// The audio that is still in a folder or below it.
    private enum Audio { case none, ofOtherAlbums, own }

    init(root: String, channels: Channels) { (self.root, self.channels) = (root, channels) }

    /// Clears the folder that a file was moved out of, and its parents, as far as no audio is left in them.
    func clear(_ old: String, after moved: Placed, to target: LibraryTarget) {
        var path = old
        while path.utf8.count > root.utf8.count {
            let audio = audio(in: path, excluding: target.albumFolder)
            if audio != .own {
                // With other albums below, only a folder that was an album's own has a cover to lose.
                let isAlbum = audio == .none || AlbumIdentity.owner(ofFolder: path) != nil
                if isAlbum || path.utf8.elementsEqual(old.utf8) { clearCovers(path, moved, target, isAlbum: isAlbum) }
                unlink("\(path)/\(AlbumIdentity.file)")
            }
            guard audio == .none else { return }
            for name in ["artist.jpg", "artist.png"] { carry(name, from: path, to: target.artistFolder) }
            for name in partials(in: path) { unlink("\(path)/\(name)") }
            if rmdir(path) != 0 { tell(path) }
            path = folder(of: path)
        }
    }

    /// Removes a folder that was made but that no file came into.
    func abandon(_ target: LibraryTarget) {
        var path = target.folder
        guard names(in: path).allSatisfy({ $0.utf8.elementsEqual(AlbumIdentity.file.utf8) }) else { return }
        unlink("\(path)/\(AlbumIdentity.file)")
        while path.utf8.count > root.utf8.count, rmdir(path) == 0 { path = folder(of: path) }
    }

    private func audio(in path: String, excluding album: String?) -> Audio {
        if partials(in: path).contains(where: { isHeld("\(path)/\($0)") }) { return .own }
        var found = Audio.none
        AudioWalk(library: path).each { entry in
            guard case .file(let file) = entry, isOfAnother("\(path)/\(file)", below: path, album) else {
                found = .own
                return
            }
            if found == .none { found = .ofOtherAlbums }
        }
        return found
    }

    /// Whether a file below a folder is in a folder of another album, or in `album`.
    private func isOfAnother(_ file: String, below path: String, _ album: String?) -> Bool {
        var parent = folder(of: file)
        while parent.utf8.count > path.utf8.count {
            if album?.utf8.elementsEqual(parent.utf8) == true || AlbumIdentity.owner(ofFolder: parent) != nil {
                return true
            }
            parent = folder(of: parent)
        }
        return false
    }

    /// Temporary files, of a running process or one that was killed.
    private func partials(in path: String) -> [String] {
        names(in: path).filter(TemporaryName.isOne)
    }

    private func isHeld(_ path: String) -> Bool {
        guard let file = try? openFile(path) else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0
    }

    /// An album's cover moves with it. Where the new folder is not the album's own, a cover that is also embedded in the file
    /// goes to the trash; any other is the user's own, and stays.
    private func clearCovers(_ path: String, _ moved: Placed, _ target: LibraryTarget, isAlbum: Bool) {
        for name in ["cover.jpg", "cover.png"] where fileSize("\(path)/\(name)") != nil {
            let own = (try? AudioTags.artwork(moved.path, moved.format)) ?? nil
            let isOwn = own.map { $0.bytes == contents(of: "\(path)/\(name)", atMost: $0.bytes.count) }
            if isOwn ?? isAlbum || isAlbum && target.albumFolder != nil {
                carry(name, from: path, to: target.albumFolder)
            }
        }
    }

    /// Moves a picture to where the file went. If there is no folder for it, or one with another such picture, it goes to the
    /// trash.
    private func carry(_ name: String, from path: String, to kept: String?) {
        let old = "\(path)/\(name)"
        guard fileSize(old) != nil else { return }
        do throws(Failure) {
            if let kept {
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

    /// Notes once what keeps a folder, except for folders in it that were noted before.
    private func tell(_ path: String) {
        let names = names(in: path).filter { !told.contains("\(path)/\($0)".utf8Hash) }.sorted()
        guard !names.isEmpty, told.insert(path.utf8Hash).inserted else { return }
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        channels.note(
            "\(path) stays: it holds \(names.prefix(3).joined(separator: ", "))\(more), which segue did not put there")
    }
}
