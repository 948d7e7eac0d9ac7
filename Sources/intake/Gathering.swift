import Files
import Glibc
import StageKit
import Tags
import Wire

/// Finds the audio at one path, and reads nothing outside it: no link is followed, and no archive within an archive.
final class Gathering {
    let haul = Haul()
    let limits: UnpackLimits
    let charset: String
    let channels: Channels
    /// The beginning of the paths of temporary files.
    private let temporary: String
    private let id: String
    private var spooled = 0

    init(id: String, temporary: String, limits: UnpackLimits, charset: String, channels: Channels) {
        (self.id, self.temporary, self.limits) = (id, temporary, limits)
        (self.charset, self.channels) = (charset, channels)
    }

    /// Throws `permanent` where there is no audio, or where it is not to be taken in.
    func gather(_ path: String) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw .permanent("no_file", "there is nothing at \(path): \(String(cString: strerror(errno)))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try walk(path)
        case S_IFREG where Format(ending: ending(of: path)) != nil: try take(path, name: lastPart(of: path))
        case S_IFREG: try unpack(path, name: "")
        case S_IFLNK: throw .permanent("no_file", "\(path) is a link; name what it leads to")
        default: throw .permanent("no_file", "\(path) is neither a file nor a folder")
        }
        guard haul.pieces.isEmpty, haul.flaws.isEmpty else { return }
        let others = haul.left.prefix(3).joined(separator: ", ")
        throw .permanent("no_audio", "\(path) has no audio" + (others.isEmpty ? "" : ", only \(others)"))
    }

    func progress(_ bytes: Int) { channels.progress(id, bytes: bytes, total: nil) }

    /// A new temporary file in the spool.
    func temporaryFile() throws(Failure) -> PartialFile {
        spooled += 1
        return try PartialFile(at: "\(temporary).\(spooled).part", keeping: false)
    }

    private func walk(_ top: String) throws(Failure) {
        var folders = [(path: top, name: "")]
        while let (folder, prefix) = folders.popLast() {
            let names: [String]
            do throws(Failure) {
                names = try self.names(in: folder, prefix)
            } catch  where folder != top && error.class == .permanent {
                haul.add(flaw: error, at: folder)
                continue
            }
            for name in names where !StrayName.isJunk(name) {
                if channels.mustDrop { throw .stopped }
                let (path, name) = ("\(folder)/\(name)", prefix + name)
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR: folders.append((path, "\(name)/"))
                case S_IFREG: try look(at: path, name)
                case S_IFLNK: haul.leave(name, because: "a link")
                default: haul.leave(name, because: "neither a file nor a folder")
                }
            }
        }
    }

    /// The names in a folder; throws if one is that of audio, and no record can hold it.
    private func names(in folder: String, _ prefix: String) throws(Failure) -> [String] {
        guard let stream = opendir(folder) else { throw Self.blamingFile(fileFailure("cannot open \(folder)")) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes == [46] || bytes == [46, 46] { continue }
            if let name = String(validating: bytes, as: UTF8.self) {
                names.append(name)
            } else {
                let name = prefix + String(escaping: bytes)
                throw .permanent("bad_ref", "\(folder): \(name): \(AudioWalk.misnamed)")
            }
        }
        return names.sorted()
    }

    private func look(at path: String, _ name: String) throws(Failure) {
        if StrayName.isUnfinished(name) { return haul.leave(name, because: "not finished") }
        do throws(Failure) {
            if Format(ending: ending(of: name)) != nil {
                try take(path, name: name)
            } else if CoverName.isPicture(name) {
                try takePicture(path, name: name)
            } else if ArchiveReader.isOne(name) {
                try unpack(path, name: "\(name)/")
            } else {
                haul.leave(name)
            }
        } catch  where error.class == .permanent {
            haul.add(flaw: error, at: path)
        }
    }

    /// Adds an audio file that stays where it is.
    private func take(_ path: String, name: String) throws(Failure) {
        let (bytes, sha256) = try digest(path)
        add(path, isSpooled: false, name: name, source: path, bytes, sha256)
    }

    private func takePicture(_ path: String, name: String) throws(Failure) {
        let (bytes, sha256) = try digest(path)
        add(picture: path, isSpooled: false, name: name, bytes, sha256)
    }

    private func digest(_ path: String) throws(Failure) -> (bytes: Int, sha256: String) {
        do throws(Failure) {
            let descriptor = try Self.open(path)
            defer { close(descriptor) }
            var digest = SHA256()
            let bytes = try readAll(descriptor, of: path, mustDrop: { channels.mustDrop }) { digest.update($0) }
            return (bytes, hexadecimal(digest.finish()))
        } catch {
            throw Self.blamingFile(error)
        }
    }

    /// Opens a file itself, and nothing that a link leads to.
    static func open(_ path: String) throws(Failure) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { throw blamingFile(fileFailure("cannot open \(path)")) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return descriptor }
        close(descriptor)
        throw .permanent("no_file", "\(path) is not a file")
    }

    /// One file that may not be read is no fault of the machine's.
    private static func blamingFile(_ failure: Failure) -> Failure {
        failure.code == "no_access" ? .permanent("no_access", failure.message) : failure
    }

    /// Adds audio with what its tags say. A file that is none keeps the format of its name: a later stage says what it is.
    func add(
        _ path: String, isSpooled: Bool, name: String, source: String, _ bytes: Int, _ sha256: String
    ) {
        let format = Self.format(of: path) ?? Format(ending: ending(of: name)) ?? .mp3
        var track = (try? AudioTags.read(path, format)) ?? Track()
        NameHint(name, in: source).complete(&track)
        haul.add(
            Piece(
                name: name, path: path, isSpooled: isSpooled, source: source, format: format, bytes: bytes,
                sha256: sha256, track: track))
    }

    func add(picture path: String, isSpooled: Bool, name: String, _ bytes: Int, _ sha256: String) {
        guard let mime = Self.head(of: path).flatMap(Magic.imageType), ["image/jpeg", "image/png"].contains(mime) else {
            if isSpooled { unlink(path) }
            return haul.leave(name, because: "neither JPEG nor PNG")
        }
        let artwork = SpooledFile.Artwork(path: path, bytes: bytes, sha256: sha256, mime: mime)
        haul.add(Picture(name: name, isSpooled: isSpooled, artwork: artwork))
    }

    private static func format(of path: String) -> Format? {
        guard let descriptor = try? open(path) else { return nil }
        defer { close(descriptor) }
        return Magic.format(ofFile: descriptor)
    }

    private static func head(of path: String) -> [UInt8]? {
        guard let descriptor = try? open(path) else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }
}

/// What follows the last dot of a name; the whole name if it has none.
func ending(of name: String) -> Substring {
    let name = lastPart(of: name)
    return name.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
}
