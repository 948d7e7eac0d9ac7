import Files
import Glibc
import Wire

/// The pictures that tracks share: each is requested once, however many tracks, lists and runs need it.
///
/// Each record has a link of its own to the picture that it needs, so that any of them may be removed at any time.
struct PictureFolder {
    let path: String
    private var pruning = Interval(seconds: 60)

    init(path: String) { self.path = path }

    /// The most bytes that it may keep.
    private static let limit = 512 << 20
    /// Seconds for which the rest of a failed or interrupted picture is kept.
    private static let patience = 86_400

    /// Prunes it if it is time to, `now` in monotonic nanoseconds.
    mutating func pruneNowAndThen(now: Int64) {
        if pruning.isOver(now: now) { prune() }
    }

    /// Removes the least recently used when there are too many, and what failed long ago.
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
