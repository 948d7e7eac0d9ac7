import Glibc
import Wire

/// An empty file of the shared folder that one process at a time can hold; the kernel releases it when the holder dies.
struct LockFile: ~Copyable {
    private let descriptor: Int32

    /// Nil while another holds it, and where there is no such file unless it is to be made.
    init?(at path: String, making: Bool = true) throws(Failure) {
        guard let descriptor = try Self.lock(path, O_RDWR | O_CLOEXEC | (making ? O_CREAT : 0)) else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func lock(_ path: String, _ flags: Int32) throws(Failure) -> Int32? {
        let descriptor = open(path, flags, 0o644)
        if descriptor < 0, errno == ENOENT, flags & O_CREAT == 0 { return nil }
        guard descriptor >= 0 else { throw .hostFile("open", path) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        defer { close(descriptor) }
        guard errno == EWOULDBLOCK || errno == EINTR else { throw .hostFile("lock", path) }
        return nil
    }
}
