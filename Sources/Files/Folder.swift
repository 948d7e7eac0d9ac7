import Glibc
import Wire

/// The folder that a path is in; `.` for a bare name.
package func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The last part of a path.
package func lastPart(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
}

/// The absolute path, without `.` and doubled or trailing slashes; it need not exist yet.
package func absolute(_ path: String) -> String {
    var whole = path
    if path.utf8.first != UInt8(ascii: "/"), let current = getcwd(nil, 0) {
        whole = "\(String(cString: current))/\(path)"
        free(current)
    }
    return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
}

/// The path with every link in it resolved, or nil when nothing is there.
package func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else {
        if errno == ENOMEM { endForLackOfMemory() }
        return nil
    }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Whether a folder, or the part of its path that exists, is in `root` with every link followed; both paths are
/// absolute.
package func lies(_ path: String, within root: String) -> Bool {
    guard let realRoot = realPath(root) else { return true }
    var path = path
    while path.utf8.count > root.utf8.count {
        var status = stat()
        if lstat(path, &status) == 0 {
            guard let real = realPath(path) else { return false }
            return realRoot == "/" || real.utf8.elementsEqual(realRoot.utf8)
                || real.utf8.starts(with: "\(realRoot)/".utf8)
        }
        path = folder(of: path)
    }
    return true
}

/// The size of a regular file in bytes; nil for anything else.
package func fileSize(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
}

/// Bytes that can still be written to the file system of a folder, or nil when it does not say.
package func freeBytes(in folder: String) -> Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
    return Int(clamping: status.f_bavail.multipliedReportingOverflow(by: status.f_frsize).partialValue)
}

/// All of a small file; nil when it cannot be read, or is longer.
package func contents(of path: String, atMost limit: Int) -> [UInt8]? {
    guard let size = fileSize(path), size <= limit else { return nil }
    guard let descriptor = try? openFile(path) else { return nil }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    contents.reserveCapacity(size)
    guard (try? readAll(descriptor, of: path) { contents += $0 }) == size else { return nil }
    return contents
}

/// Makes a folder and its parents where they are missing; a new one survives a power cut.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func makeFolder(_ path: String) throws(Failure) {
    try makeFolder(path) { path throws(Failure) in try synchroniseFolder(of: path) }
}

/// Makes a folder and its parents where they are missing, for what can be had again: a power cut may take them away.
///
/// - Throws: what ``fileFailure(_:errno:)`` makes of it.
package func makeFolderOfPassingThings(_ path: String) throws(Failure) { try makeFolder(path) { _ in } }

/// Makes a folder and its parents where they are missing, and hands over the path of each new one.
func makeFolder(_ path: String, each: (String) throws(Failure) -> Void) throws(Failure) {
    if mkdir(path, 0o755) == 0 { return try each(path) }
    if errno == EEXIST {
        guard fileSize(path) == nil else { throw fileFailure("cannot make the folder \(path)", errno: ENOTDIR) }
        return
    }
    guard errno == ENOENT else { throw fileFailure("cannot make the folder \(path)") }
    try makeFolder(folder(of: path), each: each)
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw fileFailure("cannot make the folder \(path)") }
    try each(path)
}

/// The names of everything in a folder, in no order; empty when it cannot be read.
package func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else {
        if errno == ENOMEM { endForLackOfMemory() }
        return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) { names.append(String(decoding: name(of: entry), as: UTF8.self)) }
    return names.filter { $0 != "." && $0 != ".." }
}

/// The name in a folder's entry, as its exact bytes.
func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
}
