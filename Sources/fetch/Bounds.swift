import Files
import Wire

/// Limits on the size of a body, so that none fills the disk.
struct Bounds: Equatable, Sendable {
    /// The most bytes of any body; nil for no limit.
    var most: Int? = nil
    /// Bytes that the whole spool may hold, if that is limited: the limit for a body of unknown length.
    var spool: Int? = nil

    /// Bytes that have to stay free beside a body, for the files that describe it.
    private static let margin = 65_536

    /// Refuses a body that is announced as too long, before any byte of it is taken.
    func check(announced bytes: Int?, host: String?) throws(Failure) {
        guard let bytes, let most, bytes > most else { return }
        throw .permanent("too_large", "\(bytes) bytes are announced, and --max-bytes allows \(most)", host: host)
    }

    /// Refuses a body that has become too long.
    func check(received bytes: Int, isAnnounced: Bool, host: String) throws(Failure) {
        if let most, bytes > most {
            throw .permanent("too_large", "\(host) sends more than the \(most) bytes of --max-bytes", host: host)
        }
        guard !isAnnounced, let spool, bytes > spool else { return }
        throw .permanent(
            "too_large",
            "\(host) does not say how long its body is, and sends more than the \(spool) bytes of the spool",
            host: host)
    }

    /// Throws `disk_full` if there is no room for this many more bytes.
    static func checkRoom(for bytes: Int, in folder: String) throws(Failure) {
        guard let free = freeBytes(in: folder), bytes > free - margin else { return }
        throw .config(
            "disk_full",
            "\(folder) has \(free) bytes of room left, too few for the \(bytes) of this file; make room there")
    }
}
