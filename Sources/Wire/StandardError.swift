import Glibc

/// Writes the whole text to stderr; a closed stderr is ignored.
package func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return }
        sent += max(count, 0)
    }
}
