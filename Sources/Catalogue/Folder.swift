import Glibc
import Wire

/// Where a library keeps what is not music, and the way to it.
enum Folder {
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Makes a folder with its parents, unless it is there.
    static func make(_ path: String) throws(Failure) {
        if mkdir(path, 0o777) == 0 || isFolder(path) { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 || isFolder(path) { return }
        }
        throw .config("no_folder", "cannot make \(path): \(String(cString: strerror(errno)))")
    }

    /// Keeps every other process that asks for the same away until the body is done.
    static func lock<Result>(_ path: String, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .config("no_folder", "cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
        return try body()
    }

    /// Nil for what is no file.
    static func size(ofFile path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    private static func isFolder(_ path: String) -> Bool {
        let saved = errno
        var status = stat()
        let found = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        errno = saved
        return found
    }
}
