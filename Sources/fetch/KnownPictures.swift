import Files
import Glibc
import Limiter
import Synchronization
import Wire

/// What a process has found out about pictures: those that cannot be had, and the digests of those that are there.
final class KnownPictures: Sendable {
    /// When the process began to look, in seconds since 1970.
    let start = secondsSince1970()
    private let state = Mutex(State())

    private struct State {
        /// The permanent failures of pictures, by their URLs.
        var refused: [String: Failure] = [:]
        /// By the paths of shared pictures.
        var read: [String: (version: Version, picture: SpooledFile.Artwork)] = [:]
    }

    /// What changes when a picture is replaced, or used by another process.
    struct Version: Equatable {
        let inode: UInt
        let status: FileStatus
    }

    /// How many of each are remembered before all of them are forgotten.
    private static let maximum = 10_000

    func refusal(of url: String) -> Failure? { state.withLock { $0.refused[url] } }

    func refuse(_ url: String, _ failure: Failure) {
        state.withLock { state in
            if state.refused.count >= Self.maximum { state.refused = [:] }
            state.refused[url] = failure
        }
    }

    /// What was read of a picture, under whatever path, unless it has changed.
    func picture(_ path: String, _ version: Version) -> SpooledFile.Artwork? {
        state.withLock { state in state.read[path].flatMap { $0.version == version ? $0.picture : nil } }
    }

    func remember(_ picture: SpooledFile.Artwork, of path: String, _ version: Version) {
        state.withLock { state in
            if state.read.count >= Self.maximum { state.read = [:] }
            state.read[path] = (version, picture)
        }
    }
}

extension KnownPictures.Version {
    /// Nil where there is no regular file.
    init?(of path: String) {
        var found = stat()
        guard stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(inode: found.st_ino, status: FileStatus(found))
    }
}
