import Files
import Glibc
import StageKit
import Web
import Wire

/// Pictures in the spool, each fetched once for all tracks that share it.
///
/// A picture that cannot be had is no failure of a track: a note says why.
final class Artworks {
    private let client: Client
    private let spool: String
    private let pace: Pace
    private let channels: Channels
    private var failed: Set<String> = []

    private static let maximumBytes = 16 << 20
    /// URLs that are remembered for having failed; they are all forgotten then.
    private static let maximumFailed = 1000

    init(client: Client, spool: String, pace: Pace, channels: Channels) {
        (self.client, self.spool, self.pace, self.channels) = (client, spool, pace, channels)
    }

    /// The picture at `url`, or nil; only a stop is thrown. `auth` names the credential of the host that it may be on.
    func artwork(_ url: String?, auth: String?, for id: String) throws(Failure) -> SpooledFile.Artwork? {
        guard let url else { return nil }
        let path = SpoolName.artwork(url: url, in: spool)
        // What failed here may have been brought by another process since.
        if failed.contains(url) { return try? known(path) }
        do throws(Failure) {
            if let found = try known(path) { return found }
            try fetch(url, auth, to: path)
            return try known(path)
        } catch let error where error == .stopped {
            throw error
        } catch {
            if failed.count >= Self.maximumFailed { failed.removeAll() }
            failed.insert(url)
            channels.note("no artwork for \(id): \(error.message)")
            return nil
        }
    }

    private func known(_ path: String) throws(Failure) -> SpooledFile.Artwork? {
        guard access(path, R_OK) == 0 else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileFailure("cannot open \(path)") }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 16)
        let count = max(0, pread(descriptor, &head, head.count, 0))
        guard let mime = Magic.imageType(of: head[..<count]) else {
            throw .transient("no_picture", "\(path) is no picture")
        }
        let found = try digest(ofFile: path)
        return SpooledFile.Artwork(path: path, bytes: found.bytes, sha256: found.sha256, mime: mime)
    }

    private func fetch(_ url: String, _ auth: String?, to path: String) throws(Failure) {
        let file = try claim(path)
        // Another process may have brought it while this one waited for the name.
        guard access(path, R_OK) != 0 else { return file.discard() }
        do throws(Failure) {
            try receive(url, auth, into: file)
            try file.rename(to: path)
        } catch {
            file.discard()
            throw error
        }
    }

    private func receive(_ url: String, _ auth: String?, into file: PartialFile) throws(Failure) {
        var request = Request(url: url)
        request.auth = auth
        (request.isMedia, request.stall, request.maximumRate) = (true, pace.stall, pace.maximumRate)
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
