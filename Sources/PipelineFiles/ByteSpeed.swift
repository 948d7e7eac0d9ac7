import Limiter

/// A speed such as `2MB/s` or `500kB/s`, or a bare number of bytes a second; at least a thousand. `unlimited` lifts a limit.
struct ByteSpeed: Quantity, Equatable {
    static let form = "a speed such as 500kB/s or 2MB/s, at least 1kB/s, or unlimited"
    /// Nil for no limit.
    let bytesPerSecond: Int?

    init?(_ text: String) {
        if text.utf8.elementsEqual("unlimited".utf8) {
            bytesPerSecond = nil
            return
        }
        let amount = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
        guard let count = ByteCount(amount)?.bytes, count >= HostLimit.leastBytes else { return nil }
        bytesPerSecond = count
    }
}
