import Files
import Wire

/// How much one body may bring, so that none fills the disk.
struct Bounds: Equatable {
    /// Bytes of any body; nil for no limit.
    var most: Int? = nil
    /// Bytes that the spool may hold in all, where somebody says so: the most of a body whose length nobody tells.
    var spool: Int? = nil

    /// Room that has to be left beside a body, for what is kept about it.
    private static let margin = 65_536

    /// Refuses what is said to be too long, before a byte of it is taken.
    func check(announced bytes: Int?, host: String?) throws(Failure) {
        guard let bytes, let most, bytes > most else { return }
        throw .permanent("too_large", "\(bytes) bytes are announced, and --max-bytes allows \(most)", host: host)
    }

    /// Refuses a body that goes on and on.
    func check(received bytes: Int, isAnnounced: Bool, host: String) throws(Failure) {
        if let most, bytes > most {
            throw .permanent("too_large", "\(host) sends more than the \(most) bytes of --max-bytes", host: host)
        }
        guard !isAnnounced, let spool, bytes > spool else { return }
        throw .permanent(
            "too_large",
            "\(host) does not tell how long its body is, and sends more than the \(spool) bytes of the spool",
            host: host)
    }

    /// Throws `disk_full` where there is no room for so many bytes more.
    static func checkRoom(for bytes: Int, in folder: String) throws(Failure) {
        guard let free = freeBytes(in: folder), bytes > free - margin else { return }
        throw .config(
            "disk_full",
            "\(folder) has \(free) bytes of room left, too few for the \(bytes) of this file; make room there")
    }
}
