import Files
import Glibc
import Limiter
import StageKit
import Web
import Wire

/// Pictures, each asked for once for all tracks that share it.
///
/// They lie in a folder that all processes share; a record gets a file of its own, a second name of the same bytes where
/// the file system has such, so that nobody needs to know when the last one is done with a picture.
final class Artworks {
    private let client: Client
    /// Of the pictures that are shared.
    private let folder: String
    private let limits: TransferLimits
    private let channels: Channels
    private let start = secondsSince1970()
    /// What will not be had, by its URL.
    private var refused: [String: Failure] = [:]

    private static let maximumBytes = 16 << 20
    /// URLs that are remembered as refused; they are all forgotten then.
    private static let maximumRefused = 1000

    init(client: Client, folder: String, limits: TransferLimits, channels: Channels) {
        (self.client, self.folder, self.limits, self.channels) = (client, folder, limits, channels)
    }

    /// The picture at `url` as the file `own`. `auth` says which credential its host may have.
    func artwork(_ url: String, auth: Auth?, as own: String) throws(Failure) -> SpooledFile.Artwork {
        let path = SpoolName.artwork(url: url, in: folder)
        if let found = try take(path, as: own) { return found }
        // What was refused here may have been brought by another process since, and was looked for above.
        if let failure = refused[url] { throw failure }
        do throws(Failure) {
            try fetch(url, auth, to: path)
        } catch {
            if [.permanent, .stale].contains(error.class) { refuse(url, error) }
            throw error
        }
        guard let found = try take(path, as: own) else {
            throw .transient("no_picture", "\(path) was there, and is gone")
        }
        return found
    }

    private func refuse(_ url: String, _ failure: Failure) {
        if refused.count >= Self.maximumRefused { refused = [:] }
        refused[url] = failure
    }

    /// Gives a shared picture another name; nil when there is none.
    private func take(_ path: String, as own: String) throws(Failure) -> SpooledFile.Artwork? {
        guard access(path, R_OK) == 0 else { return nil }
        unlink(own)
        if link(path, own) != 0 {
            if errno == ENOENT, access(path, F_OK) != 0 { return nil }
            try copy(path, to: own)
        }
        // Pictures that were not used for long go first.
        utimensat(AT_FDCWD, path, nil, 0)
        return try known(own)
    }

    /// For file systems without second names, and from one to another.
    private func copy(_ path: String, to own: String) throws(Failure) {
        let part = try PartialFile(at: own + ".part", keeping: false)
        do throws(Failure) {
            try part.copy(from: path) { channels.mustDrop }
            try part.rename(to: own)
        } catch {
            part.discard()
            throw error
        }
    }

    private func known(_ path: String) throws(Failure) -> SpooledFile.Artwork {
        guard let head = head(of: path), let mime = Magic.imageType(of: head) else {
            throw .transient("no_picture", "\(path) is no picture")
        }
        let found = try digest(ofFile: path)
        return SpooledFile.Artwork(path: path, bytes: found.bytes, sha256: found.sha256, mime: mime)
    }

    private func head(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    private func fetch(_ url: String, _ auth: Auth?, to path: String) throws(Failure) {
        let wanted = secondsSince1970()
        let file = try claim(path)
        // Another process may have brought it, or found that it cannot be had, while this one waited for the name.
        guard access(path, R_OK) != 0 else { return file.discard() }
        if let earlier = FailedPicture(besides: path),
            earlier.holds(since: wanted, start: start, now: secondsSince1970())
        {
            file.discard()
            throw earlier.failure
        }
        do throws(Failure) {
            try receive(url, auth, into: file)
            try file.rename(to: path)
            FailedPicture.forget(besides: path)
        } catch {
            file.discard()
            if error.class == .transient, error != .stopped { FailedPicture.note(error, besides: path) }
            throw error
        }
    }

    private func receive(_ url: String, _ auth: Auth?, into file: PartialFile) throws(Failure) {
        var request = Request(url: url)
        request.auth = auth
        (request.isMedia, request.stall, request.maximumRate) = (true, limits.stall, limits.maximumRate)
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
        guard Magic.imageType(of: head) != nil else { throw .transient("no_picture", "what came is no picture") }
    }

    /// The temporary file, waiting while another process brings the same picture.
    private func claim(_ path: String) throws(Failure) -> PartialFile {
        for _ in 0..<300 {
            do throws(Failure) {
                return try PartialFile(at: path + ".part", keeping: false)
            } catch let error where error.code == "busy" {
                try channels.wait(seconds: 0.1)
            }
        }
        throw .transient("busy", "another process has not finished \(path)")
    }
}
