import Files
import Glibc
import Wire

/// What somebody put into an inbox, as it was at one moment.
struct InboxEntry: Sendable {
    /// Its name in the inbox.
    let name: String
    /// Differs when any of it was written, renamed or replaced since.
    let version: String
    /// Whether the name of any of it says that a program is still writing it.
    let isUnfinished: Bool

    static let (done, failed) = ("done", "failed")

    /// All that is in a folder, but for what was taken in and what is nobody's; and names that are not UTF-8.
    static func all(in folder: String) -> (entries: [InboxEntry], misnamed: [String]) {
        var (entries, misnamed): ([InboxEntry], [String]) = ([], [])
        for name in names(in: folder).sorted() where !StrayName.isJunk(name) && ![done, failed].contains(name) {
            var status = stat()
            if lstat("\(folder)/\(name)", &status) == 0 {
                if let entry = InboxEntry(name, in: folder) { entries.append(entry) }
            } else if name.unicodeScalars.contains("\u{FFFD}") {
                misnamed.append(name)
            }
        }
        return (entries, misnamed)
    }

    /// Nil for a folder that has no files yet.
    private init?(_ name: String, in folder: String) {
        var digest = SHA256()
        var (paths, isUnfinished, hasFile) = ([name], false, false)
        while let path = paths.popLast() {
            var status = stat()
            guard lstat("\(folder)/\(path)", &status) == 0 else { continue }
            isUnfinished = isUnfinished || StrayName.isUnfinished(lastPart(of: path))
            let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }.joined(separator: " ")
            let line = "\(path)\n\(status.st_mode & S_IFMT) \(status.st_ino) \(status.st_size) \(times)\n"
            Array(line.utf8).withUnsafeBytes { digest.update($0) }
            if status.st_mode & S_IFMT == S_IFDIR {
                // Hidden ones count: a folder is not whole while one of them grows.
                paths += names(in: "\(folder)/\(path)").sorted().map { "\(path)/\($0)" }
            } else {
                hasFile = true
            }
        }
        guard hasFile else { return nil }
        (self.name, version) = (name, hexadecimal(digest.finish()))
        self.isUnfinished = isUnfinished
    }
}
