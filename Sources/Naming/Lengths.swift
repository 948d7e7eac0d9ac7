import Files

/// How long the names of a path may become, in the UTF-16 units that Windows counts.
package struct Lengths {
    /// UTF-16 units of the name of a folder.
    package let folder: Int
    /// UTF-16 units of the name of a file, with its extension.
    package let file: Int

    /// The lengths that file systems accept.
    package static let usual = Lengths(folder: FileName.maximumBytes, file: FileName.maximumBytes)

    /// UTF-16 units of a portable path, relative to the library's folder: including that folder, Windows accepts 259.
    package static let portable = 200

    private static let shortestFolder = 12
    private static let shortestFile = 64

    /// Lengths that keep every path with that many parts portable; nil for too many parts.
    package init?(portableWithParts depth: Int) {
        let folders = depth - 1
        let room = folders == 0 ? Self.portable : (Self.portable - Self.shortestFile) / folders - 1
        guard room >= Self.shortestFolder else { return nil }
        folder = min(Self.shortestFile, room)
        file = Self.portable - folders * (folder + 1)
    }

    private init(folder: Int, file: Int) { (self.folder, self.file) = (folder, file) }
}
