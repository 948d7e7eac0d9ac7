import Files
import Glibc
import Wire

/// A host's file in the shared folder, locked against all other processes for the lifetime of this object.
final class HostFile {
    /// The beginning of the names of all host files.
    static let prefix = "host-"

    private let path: String
    private let descriptor: Int32

    /// Makes the file, and its folder, where it is missing.
    init(at path: String) throws(Failure) {
        self.path = path
        descriptor = try Self.open(path)
        while flock(descriptor, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            close(descriptor)
            throw .hostFile("lock", path)
        }
    }

    deinit { close(descriptor) }

    private static func open(_ path: String) throws(Failure) -> Int32 {
        func descriptor() -> Int32 { Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
        let first = descriptor()
        if first >= 0 { return first }
        guard errno == ENOENT else { throw .hostFile("open", path) }
        let folder = folder(of: path)
        if mkdir(folder, 0o755) != 0, errno != EEXIST { throw .hostFile("make", folder) }
        let second = descriptor()
        guard second >= 0 else { throw .hostFile("open", path) }
        return second
    }

    /// Nil where the file is none that can be read again.
    var version: FileVersion? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? FileVersion(status) : nil
    }

    /// Bytes of a file that are read; anything after them is ignored.
    private static let maximumBytes = 4096

    func read() throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .hostFile("read", path) }
        return Array(bytes[..<count])
    }

    /// Writes in one call, with line feeds over the rest of a longer text: a kill between two calls would lose the
    /// state.
    func write(_ text: [UInt8]) throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .hostFile("read", path) }
        let rest = min(Int(status.st_size), Self.maximumBytes) - text.count
        let bytes = text + [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, rest))
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw .hostFile("write", path) }
    }
}
