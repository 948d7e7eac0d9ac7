import Files
import Glibc
import Wire

/// Removes the spool files of items that are booked, and nothing else, whatever a record says.
struct Sweep {
    /// The paths of pictures that tracks may share.
    private var artwork: Set<String> = []
    private var keptArtwork: Set<String> = []
    /// For each spool the stems of booked items that may have files under names of other people's stages, with when they
    /// were booked in seconds since 1970. They are looked for together, since finding them means reading all names.
    private var leavings: [String: [String: Int]] = [:]

    private static let mostLeavings = 256

    /// Removes an item's own files: those that its record and our stages name at once, others with a later group. Pictures
    /// that others may share are removed at the end.
    mutating func remove(_ record: Record, keeping placed: String?) {
        let name = SpoolName(of: record)
        guard let file = try? record.file else { return }
        let paths = [file.path] + file.pictures.map(\.path)
        guard let path = paths.first(where: name.owns), placed.map({ !$0.utf8.elementsEqual(path.utf8) }) ?? true else {
            return
        }
        let (spool, track) = (folder(of: path), (try? record.track) ?? nil)
        for path in paths where name.owns(path) { removeFile("\(spool)/\(lastPart(of: path))") }
        for part in SpoolName.Part.allCases { removeFile(name.path(part, in: spool)) }
        // Not time(2), which may be some milliseconds behind the times of files.
        leavings[spool, default: [:]][name.stem] = Int(millisecondsSince1970() / 1000)
        if leavings[spool]?.count ?? 0 >= Self.mostLeavings { removeLeavings() }
        for url in [track?.artworkURL, track?.artistArtworkURL].compactMap(\.self) {
            artwork.insert(SpoolName.artwork(url: url, in: spool))
        }
        for picture in file.pictures where SpoolName.isArtwork(picture.path) { artwork.insert(picture.path) }
    }

    /// Keeps the files of an item that failed, for a retry.
    mutating func keepArtwork(of error: Record) {
        for picture in (try? error.carried?.file)?.pictures ?? [] { keptArtwork.insert(picture.path) }
    }

    /// Removes what booked items still have under any name, but nothing that was written since: the same item may have
    /// been requested again.
    mutating func removeLeavings() {
        for (spool, stems) in leavings {
            for name in names(in: spool) {
                guard let stem = SpoolName.stem(of: name), let booked = stems[stem] else { continue }
                removeFile("\(spool)/\(name)", writtenBy: booked)
            }
        }
        leavings = [:]
    }

    func removeArtwork() {
        for path in artwork.subtracting(keptArtwork) { for file in [path, path + ".failed"] { removeFile(file) } }
    }

    /// Folders, links and devices stay: stages make none.
    private func removeFile(_ path: String, writtenBy time: Int = .max) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mtim.tv_sec <= time else {
            return
        }
        unlink(path)
    }
}
