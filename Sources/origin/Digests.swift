import Files
import Glibc
import Stripe
import Wire

/// The digests of served files, computed on the first request and kept until the file changes.
actor Digests {
    struct Pair: Sendable {
        let served: [UInt8]
        let clear: [UInt8]
        let bytes: Int
        fileprivate let writtenAt: timespec

        /// A strong entity tag.
        var tag: String { "\"\(hexadecimal(Array(served.prefix(16))))\"" }
    }

    private let wrapping: Wrapping?
    private var known: [Int: Pair] = [:]

    init(wrapping: Wrapping?) { self.wrapping = wrapping }

    func pair(for song: FolderTrack) throws(Failure) -> Pair {
        let status = try Self.status(song)
        if let pair = known[song.id], pair.bytes == status.st_size, pair.writtenAt.tv_sec == status.st_mtim.tv_sec,
            pair.writtenAt.tv_nsec == status.st_mtim.tv_nsec
        {
            return pair
        }
        let clear = try digest(song, wrapped: false)
        let served = wrapping == nil ? clear : try digest(song, wrapped: true)
        let pair = Pair(served: served, clear: clear, bytes: Int(status.st_size), writtenAt: status.st_mtim)
        known[song.id] = pair
        return pair
    }

    private func digest(_ song: FolderTrack, wrapped: Bool) throws(Failure) -> [UInt8] {
        let body = try ServedFile(song, wrapped ? wrapping : nil, from: 0)
        var digest = SHA256()
        while let bytes = try body.next() { digest.update(bytes) }
        return digest.finish()
    }

    private static func status(_ song: FolderTrack) throws(Failure) -> stat {
        var status = stat()
        guard stat(song.path, &status) == 0 else { throw fileFailure("cannot open \(song.path)") }
        return status
    }
}
