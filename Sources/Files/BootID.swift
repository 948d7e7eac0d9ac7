import Glibc

/// The id of the machine's current boot, 36 bytes; nil where the kernel does not say.
package let bootID: String? = {
    let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 36)
    return read(descriptor, &bytes, bytes.count) == bytes.count ? String(validating: bytes, as: UTF8.self) : nil
}()
