/// Names of files and folders that are nobody's music: what systems and programs leave behind, or have not finished.
package enum StrayName {
    /// Folders that file systems and file servers keep for themselves.
    static let reserved = [
        "@eaDir", "@Recycle", "#recycle", "#snapshot", "$RECYCLE.BIN", "System Volume Information", "lost+found"
    ]

    private static let leavings: Set = ["__macosx", "thumbs.db", "desktop.ini", "icon\r"]

    private static let unfinished: Set = [
        "part", "partial", "crdownload", "opdownload", "download", "tmp", "temp", "filepart", "aria2", "!qb", "!ut",
        "!sync", "ytdl"
    ]

    /// Whether it is hidden, or holds nothing that a person put there.
    package static func isJunk(_ name: String) -> Bool {
        name.hasPrefix(".") || reserved.contains(name) || leavings.contains(name.lowercased())
    }

    /// Whether a program gives such a name to a file that it is still writing.
    package static func isUnfinished(_ name: String) -> Bool {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return name.hasPrefix("~syncthing~") || unfinished.contains(name[name.index(after: dot)...].lowercased())
    }
}
