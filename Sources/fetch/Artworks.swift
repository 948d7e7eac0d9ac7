import Files
import Glibc
import Limiter
import StageKit
import Web
import Wire

/// Pictures, each requested once for all tracks that share it.
///
/// They are kept in a folder that all processes share. A record gets its own file, a hard link where the file system has
/// them, so that no process needs to know when the last record is done with a picture.
final class Artworks {
    private let client: Client
    /// The folder of the shared pictures.
    private let folder: String
    private let limits: TransferLimits
    private let known: KnownPictures
    private let channels: Channels

    private static let maximumBytes = 16 << 20
    /// Nanoseconds that a picture may take another worker.
    private static let patience: Int64 = 30_000_000_000

    init(client: Client, common: FetchCommon, channels: Channels) {
        (self.client, self.channels) = (client, channels)
        (folder, limits, known) = (common.pictures, common.limits, common.knownPictures)
    }

    /// The picture at `url` as the file `own`; `auth` names the credential that may be sent to its host.
    func artwork(_ url: String, auth: Auth?, isFar: Bool, as own: String) throws(Failure) -> SpooledFile.Artwork {
        let path = SpoolName.artwork(url: url, in: folder)
        if let found = try take(path, as: own) { return found }
        // Another process may have fetched since what was refused here; that was checked above.
        if let failure = known.refusal(of: url) { throw failure }
        do throws(Failure) {
            try fetch(url, auth, isFar, to: path)
        } catch {
            if [.permanent, .stale].contains(error.class) { known.refuse(url, error) }
            throw error
        }
        guard let found = try take(path, as: own) else {
            throw .transient("no_picture", "\(path) was there, but is gone")
        }
        return found
    }

    /// Links or copies a shared picture to `own`; nil when the picture is not there.
    private func take(_ path: String, as own: String) throws(Failure) -> SpooledFile.Artwork? {
        guard access(path, R_OK) == 0 else { return nil }
        if !isLinked(path, own) {
            if errno == ENOENT, access(path, F_OK) != 0 { return nil }
            try copy(path, to: own)
        }
        return try read(path, own)
    }

    private func isLinked(_ path: String, _ own: String) -> Bool {
        if link(path, own) == 0 { return true }
        guard errno == EEXIST else { return false }
        unlink(own)
        return link(path, own) == 0
    }

    /// For file systems without hard links, and from one file system to another.
    private func copy(_ path: String, to own: String) throws(Failure) {
        let part = try PartialFile(at: own + ".part", keeping: false)
        do throws(Failure) {
            try part.copy(from: path) { channels.mustDrop }
            try part.giveName(own)
        } catch {
            part.discard()
            throw error
        }
    }

    /// What there is to say of the picture, which is read once.
    private func read(_ path: String, _ own: String) throws(Failure) -> SpooledFile.Artwork {
        let version = KnownPictures.Version(of: own)
        let seen = version.flatMap { known.picture(path, $0) }
        var picture = if let seen { seen } else { try contents(of: own) }
        picture.path = own
        touch(path, version, picture)
        return picture
    }

    private func contents(of path: String) throws(Failure) -> SpooledFile.Artwork {
        guard let head = head(of: path), let mime = Magic.imageType(of: head) else {
            throw .transient("no_picture", "\(path) is not a picture")
        }
        let found = try digest(ofFile: path)
        return SpooledFile.Artwork(path: path, bytes: found.bytes, sha256: found.sha256, mime: mime)
    }

    /// Notes every ten seconds that a picture is in use: those that were not used for long are removed first.
    private func touch(_ path: String, _ version: KnownPictures.Version?, _ picture: SpooledFile.Artwork) {
        if let version, abs(Double(version.status.modified) / 1e9 - secondsSince1970()) < 10 {
            return known.remember(picture, of: path, version)
        }
        utimensat(AT_FDCWD, path, nil, 0)
        guard let now = KnownPictures.Version(of: path), now.inode == version?.inode else { return }
        known.remember(picture, of: path, now)
    }

    private func head(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    private func fetch(_ url: String, _ auth: Auth?, _ isFar: Bool, to path: String) throws(Failure) {
        let wanted = secondsSince1970()
        let file = try claim(path)
        // While this worker waited, another one may have fetched the picture, or failed to.
        guard access(path, R_OK) != 0 else { return file.discard() }
        if let failure = known.refusal(of: url) {
            file.discard()
            throw failure
        }
        if let earlier = FailedPicture(beside: path),
            earlier.holds(since: wanted, start: known.start, now: secondsSince1970())
        {
            file.discard()
            throw earlier.failure
        }
        do throws(Failure) {
            try receive(url, auth, isFar, into: file)
            // Others take it for whole by its name.
            try file.synchronise()
            try file.giveName(path)
            FailedPicture.forget(beside: path)
        } catch {
            file.discard()
            if error.class == .transient, error != .stopped { FailedPicture.note(error, beside: path) }
            throw error
        }
    }

    private func receive(_ url: String, _ auth: Auth?, _ isFar: Bool, into file: PartialFile) throws(Failure) {
        var request = Request(url: url)
        (request.auth, request.mayGoNear) = (auth, !isFar || limits.mayGoNear)
        (request.isMedia, request.stall, request.pace) = (true, limits.stall, limits.pace)
        var head: [UInt8] = []
        var count = 0
        try client.transfer(request, onHead: { _ throws(Failure) in }) { piece throws(Failure) in
            count += piece.count
            guard count <= Self.maximumBytes else {
                throw .permanent("too_large", "a picture of over \(Self.maximumBytes) bytes")
            }
            if head.count < 16 { head += piece.prefix(16) }
            try file.write(piece)
        }
        guard Magic.imageType(of: head) != nil else { throw .transient("no_picture", "the server sent no picture") }
    }

    /// The temporary file; waits while another worker, of this process or another, fetches the same picture.
    private func claim(_ path: String) throws(Failure) -> PartialFile {
        let end = monotonicNanoseconds() + Self.patience
        var rest = 0.002
        while monotonicNanoseconds() < end {
            do throws(Failure) {
                return try PartialFile(at: path + ".part", keeping: false)
            } catch let error where error.code == "busy" {
                try channels.wait(seconds: rest)
                rest = min(rest * 1.5, 0.1)
            }
        }
        throw .transient("busy", "another process has not finished \(path)")
    }
}
