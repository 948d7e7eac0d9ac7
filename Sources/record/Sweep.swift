import Files
import Glibc
import Wire

/// Removes the spool files of items that are booked, and nothing else, whatever a record says.
struct Sweep {
    /// The paths of pictures that tracks may share.
    private var artwork: Set<String> = []
    private var keptArtwork: Set<String> = []

    /// Removes an item's own files; pictures that others may share are removed at the end.
    mutating func remove(_ record: Record, keeping placed: String?) {
        let name = SpoolName(of: record)
        guard let file = try? record.file else { return }
        let paths = [file.path] + file.pictures.map(\.path)
        guard let path = paths.first(where: name.owns), placed.map({ !$0.utf8.elementsEqual(path.utf8) }) ?? true else {
            return
        }
        let (spool, track) = (folder(of: path), (try? record.track) ?? nil)
        for other in names(in: spool) where name.owns(other) { removeFile("\(spool)/\(other)") }
        for url in [track?.artworkURL, track?.artistArtworkURL].compactMap(\.self) {
            artwork.insert(SpoolName.artwork(url: url, in: spool))
        }
        for picture in file.pictures where SpoolName.isArtwork(picture.path) { artwork.insert(picture.path) }
    }

    /// Keeps the files of an item that failed, for a retry.
    mutating func keepArtwork(of error: Record) {
        for picture in (try? error.carried?.file)?.pictures ?? [] { keptArtwork.insert(picture.path) }
    }

    func removeArtwork() {
        for path in artwork.subtracting(keptArtwork) { for file in [path, path + ".failed"] { removeFile(file) } }
    }

    /// Folders, links and devices stay: stages make none.
    private func removeFile(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
    }
}
