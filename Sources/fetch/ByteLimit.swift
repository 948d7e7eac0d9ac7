import ArgumentParser

/// `700K`, `500M`, `4G` or plain bytes; 0 for no limit.
struct ByteLimit: ExpressibleByArgument {
    /// Nil for no limit.
    let bytes: Int?

    init?(argument: String) {
        let scales = ["k": 1000, "m": 1_000_000, "g": 1_000_000_000]
        guard let count = byteCount(argument, scales), count >= 0 else { return nil }
        bytes = count > 0 ? count : nil
    }
}
