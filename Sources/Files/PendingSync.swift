import Glibc
import Wire

/// Files and folders that were changed and are not durable yet: they become so together.
///
/// On a disk with a journal that costs little more than one of them would alone.
package final class PendingSync {
    private var files: [PartialFile] = []
    /// Keyed by the exact bytes of the path: a file system may have two folders of one name for Unicode.
    private var folders: Set<[UInt8]> = []
    /// Folders whose names are durable, or pending.
    private var known: Set<[UInt8]> = []

    private static let mostKnown = 10_000

    package init() {}

    /// Adds a file whose bytes are to become durable.
    package func add(_ file: PartialFile) { files.append(file) }

    /// Adds a path whose name is to become durable in its folder.
    package func add(nameOf path: String) { folders.insert(Array(folder(of: path).utf8)) }

    /// Makes a folder below `root` and its parents where they are missing, and adds their names. Those that are there are
    /// added once: another process may have made them a moment ago.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func makeFolder(_ path: String, in root: String) throws(Failure) {
        if known.contains(Array(path.utf8)), access(path, F_OK) == 0 { return }
        try Files.makeFolder(path) { path in add(nameOf: path) }
        if known.count > Self.mostKnown { known = [] }
        var path = path
        while path.utf8.count > root.utf8.count, known.insert(Array(path.utf8)).inserted {
            add(nameOf: path)
            path = folder(of: path)
        }
    }

    /// Makes everything durable.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func synchronise() throws(Failure) {
        try synchroniseFiles()
        try synchroniseFolders()
    }

    /// Makes the bytes of all files durable.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func synchroniseFiles() throws(Failure) {
        defer { files = [] }
        for file in files { file.beginSynchronising() }
        for file in files { try file.synchronise() }
    }

    /// Makes all names durable, after the files.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func synchroniseFolders() throws(Failure) {
        let paths = folders
        folders = []
        do throws(Failure) {
            for path in paths { try Files.synchronise(folder: String(decoding: path, as: UTF8.self)) }
        } catch {
            known = []
            throw error
        }
    }
}

/// Makes a folder below `root` and its parents where they are missing; all of them survive a power cut then, also those
/// that another process has just made.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func makeFolder(_ path: String, in root: String) throws(Failure) {
    let pending = PendingSync()
    try pending.makeFolder(path, in: root)
    try pending.synchroniseFolders()
}
