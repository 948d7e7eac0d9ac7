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
    private let channels: Channels
    private let start = secondsSince1970()
    /// The permanent failures of pictures, by their URLs.
    private var refused: [String: Failure] = [:]

    private static let maximumBytes = 16 << 20
    /// How many refused URLs are remembered before all of them are forgotten.
    private static let maximumRefused = 1000

    init(client: Client, folder: String, limits: TransferLimits, channels: Channels) {
        (self.client, self.folder, self.limits, self.channels) = (client, folder, limits, channels)
    }

    /// The picture at `url` as the file `own`; `auth` names the credential that may be sent to its host.
    func artwork(_ url: String, auth: Auth?, as own: String) throws(Failure) -> SpooledFile.Artwork {
        let path = SpoolName.artwork(url: url, in: folder)
        if let found = try take(path, as: own) { return found }
        // Another process may have fetched since what was refused here; that was checked above.
        if let failure = refused[url] { throw failure }
        do throws(Failure) {
            try fetch(url, auth, to: path)
        } catch {
            if [.permanent, .stale].contains(error.class) { refuse(url, error) }
            throw error
        }
        guard let found = try take(path, as: own) else {
            throw .transient("no_picture", "\(path) was there, but is gone")
        }
        return found
    }

    private func refuse(_ url: String, _ failure: Failure) {
        if refused.count >= Self.maximumRefused { refused = [:] }
        refused[url] = failure
    }

    /// Links or copies a shared picture to `own`; nil when the picture is not there.
    private func take(_ path: String, as own: String) throws(Failure) -> SpooledFile.Artwork? {
        guard access(path, R_OK) == 0 else { return nil }
        unlink(own)
        if link(path, own) != 0 {
            if errno == ENOENT, access(path, F_OK) != 0 { return nil }
            try copy(path, to: own)
        }
        // The time of last use counts: pictures that were not used for long are removed first.
        utimensat(AT_FDCWD, path, nil, 0)
        return try known(own)
    }

    /// For file systems without hard links, and from one file system to another.
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
            throw .transient("no_picture", "\(path) is not a picture")
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
        // While this process waited, another one may have fetched the picture, or failed to.
        guard access(path, R_OK) != 0 else { return file.discard() }
        if let earlier = FailedPicture(beside: path),
            earlier.holds(since: wanted, start: start, now: secondsSince1970())
        {
            file.discard()
            throw earlier.failure
        }
        do throws(Failure) {
            try receive(url, auth, into: file)
            try file.rename(to: path)
            FailedPicture.forget(beside: path)
        } catch {
            file.discard()
            if error.class == .transient, error != .stopped { FailedPicture.note(error, beside: path) }
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
        guard Magic.imageType(of: head) != nil else { throw .transient("no_picture", "the server sent no picture") }
    }

    /// The temporary file; waits while another process fetches the same picture.
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
