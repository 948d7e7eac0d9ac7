import Files
import Glibc
import Wire

/// The spool files of items that are booked: they are removed, and nothing else, whatever a record says.
struct Sweep {
    private var artwork: Set<String> = []
    private var keptArtwork: Set<String> = []

    /// Removes an item's own files; its artwork, which others may share, waits for the end.
    mutating func remove(_ record: Record, keeping placed: String?) {
        let name = SpoolName(of: record)
        guard let file = try? record.file, name.owns(file.path) else { return }
        if let placed, placed.utf8.elementsEqual(file.path.utf8) { return }
        for part in SpoolName.Part.allCases { removeFile(name.path(part, in: folder(of: file.path))) }
        for picture in file.pictures where SpoolName.isArtwork(picture.path) { artwork.insert(picture.path) }
    }

    /// For an item that failed and may be tried again with what it has.
    mutating func keepArtwork(of error: Record) {
        for picture in (try? error.carried?.file)?.pictures ?? [] { keptArtwork.insert(picture.path) }
    }

    func removeArtwork() {
        for path in artwork.subtracting(keptArtwork) { removeFile(path) }
    }

    /// Folders, links and devices stay: a stage makes none.
    private func removeFile(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
    }
}
