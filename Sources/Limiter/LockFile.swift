import Glibc
import Wire

/// An empty file of the shared folder that one process at a time can hold; the kernel releases it when the holder dies.
struct LockFile: ~Copyable {
    private let descriptor: Int32

    /// Makes the file where it is missing; nil while another holds it.
    init?(at path: String) throws(Failure) {
        guard let descriptor = try Self.lock(path) else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func lock(_ path: String) throws(Failure) -> Int32? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .hostFile("open", path) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        defer { close(descriptor) }
        guard errno == EWOULDBLOCK || errno == EINTR else { throw .hostFile("lock", path) }
        return nil
    }
}
