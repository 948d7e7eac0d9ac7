import Files

/// The names in the folder that was used last, by keys that are equal where some file system takes two names for one.
///
/// Keys are computed once for each name, since one folder may hold a whole library.
final class FolderNames {
    private var folder = ""
    private var seen: Set<Int> = []
    private var keys: Set<String> = []
    private var cleared: [String] = []

    /// The keys of all names there now.
    func keys(of folder: String) -> Set<String> {
        let all = names(in: folder)
        let visible = all.filter { $0.utf8.first != UInt8(ascii: ".") }
        let isOther = !folder.utf8.elementsEqual(self.folder.utf8)
        if isOther {
            TemporaryName.removeOld(all, in: folder)
            (self.folder, seen, keys) = (folder, [], [])
        }
        add(visible)
        // A name that is gone is free again, also where another one came meanwhile.
        if seen.count > visible.count {
            (seen, keys) = ([], [])
            add(visible)
        }
        return keys
    }

    /// Removes what processes left in folders above, of an album or an artist, that have gone.
    func clear(_ folders: [String]) {
        if folders.elementsEqual(cleared, by: { $0.utf8.elementsEqual($1.utf8) }) { return }
        cleared = folders
        for folder in folders { TemporaryName.removeOld(names(in: folder), in: folder) }
    }

    private func add(_ names: [String]) {
        for name in names where seen.insert(name.utf8Hash).inserted { keys.insert(FileName.collisionKey(name)) }
    }

    /// Frees the name of a file that was moved away.
    func free(_ path: String) {
        let name = lastPart(of: path)
        guard Files.folder(of: path).utf8.elementsEqual(folder.utf8), seen.remove(name.utf8Hash) != nil else { return }
        keys.remove(FileName.collisionKey(name))
    }
}
