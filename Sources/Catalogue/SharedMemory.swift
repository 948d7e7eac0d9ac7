import Files
import Glibc

/// Whether processes can map a file of this folder as shared memory, which SQLite's write-ahead log needs; some network
/// and FUSE file systems cannot.
func canShareMemory(in folder: String) -> Bool {
    // The next one to ask takes the name again, and so removes what a crash left.
    let path = TemporaryName.path(in: folder, for: "shared memory")
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    // SQLite reports anything else that is wrong.
    guard descriptor >= 0 else { return true }
    defer {
        unlink(path)
        close(descriptor)
    }
    let length = 4096
    guard ftruncate(descriptor, length) == 0 else { return true }
    guard let memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
        return ![ENODEV, EINVAL, EOPNOTSUPP, ENOSYS, EPERM, EACCES].contains(errno)
    }
    munmap(memory, length)
    return true
}
