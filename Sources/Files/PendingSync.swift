import Wire

/// Files and folders that were changed and are not durable yet: they become so together.
///
/// On a disk with a journal that costs little more than one of them would alone.
package final class PendingSync {
    private var files: [PartialFile] = []
    /// Keyed by the exact bytes of the path: a file system may have two folders of one name for Unicode.
    private var folders: Set<[UInt8]> = []

    package init() {}

    /// Adds a file whose bytes are to become durable.
    package func add(_ file: PartialFile) { files.append(file) }

    /// Adds a path whose name is to become durable in its folder.
    package func add(nameOf path: String) { folders.insert(Array(folder(of: path).utf8)) }

    /// Makes a folder and its parents where they are missing, and adds their names.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func makeFolder(_ path: String) throws(Failure) {
        try Files.makeFolder(path) { path in add(nameOf: path) }
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
        defer { folders = [] }
        for path in folders { try Files.synchronise(folder: String(decoding: path, as: UTF8.self)) }
    }
}
