import Files
import Glibc
import Wire

/// The pictures that tracks share: each is asked for once, however many tracks, lists and runs it is for.
///
/// A record has its own name for the picture that it needs, so that any of them may go at any time.
struct PictureFolder {
    let path: String
    private var pruning = Interval(seconds: 60)

    init(path: String) { self.path = path }

    /// Bytes that may stay.
    private static let limit = 512 << 20
    /// Seconds that what a picture leaves when it fails, or when a process dies, is of use.
    private static let patience = 86_400

    /// Prunes it if it is time to, `now` in monotonic nanoseconds.
    mutating func pruneNowAndThen(now: Int64) {
        if pruning.isOver(now: now) { prune() }
    }

    /// Removes those that were not used for longest, when they are too many, and what failed long ago.
    func prune(limit: Int = Self.limit) {
        let now = Int(millisecondsSince1970() / 1000)
        var pictures: [(path: String, status: FileStatus)] = []
        for name in names(in: path) where name.hasPrefix("artwork-") {
            let file = "\(path)/\(name)"
            guard let status = FileStatus(file) else { continue }
            if SpoolName.isArtwork(name) {
                pictures.append((file, status))
            } else if now - status.modified / 1_000_000_000 > Self.patience {
                unlink(file)
            }
        }
        var bytes = pictures.reduce(0) { $0 + $1.status.bytes }
        guard bytes > limit else { return }
        for picture in pictures.sorted(by: { $0.status.modified < $1.status.modified }) where bytes > limit / 4 * 3 {
            unlink(picture.path)
            bytes -= picture.status.bytes
        }
    }
}
