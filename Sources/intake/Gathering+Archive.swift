import Files
import Glibc
import Wire

extension Gathering {
    /// Adds what is in an archive, of which each file becomes one in the spool. `name` comes before the names in it.
    func unpack(_ path: String, name prefix: String) throws(Failure) {
        let descriptor = try Self.open(path)
        defer { close(descriptor) }
        let archive = try ArchiveReader(descriptor, path, limits, charset: charset)
        var count = 0
        while let entry = try archive.next() {
            if channels.mustDrop { throw .stopped }
            count += 1
            guard count <= limits.entries else {
                throw .permanent("too_large", "\(path) has more than \(limits.entries) files")
            }
            progress(archive.bytes)
            if entry.isFolder { continue }
            let name = prefix + entry.name
            if entry.name.split(separator: "/").contains(where: { StrayName.isJunk(String($0)) }) {
                try skip(archive)
            } else if Format(ending: ending(of: name)) != nil {
                let file = try spool(archive, most: .max)
                add(file.path, isSpooled: true, name: name, source: path, file.bytes, file.sha256)
            } else if CoverName.isPicture(name), entry.bytes.map({ $0 <= Self.largestPicture }) ?? true {
                let file = try spool(archive, most: Self.largestPicture)
                add(picture: file.path, isSpooled: true, name: name, file.bytes, file.sha256)
            } else {
                // Its bytes are read all the same: they may be damaged, or a bomb.
                try skip(archive)
                haul.leave(name, because: ArchiveReader.isOne(name) ? "an archive in an archive" : nil)
            }
        }
    }

    /// Bytes of the largest picture that is taken.
    private static let largestPicture = 16 << 20

    private func skip(_ archive: ArchiveReader) throws(Failure) {
        try archive.read { _ throws(Failure) in if channels.mustDrop { throw .stopped } }
    }

    private func spool(
        _ archive: ArchiveReader, most: Int
    ) throws(Failure) -> (path: String, bytes: Int, sha256: String) {
        let part = try temporaryFile()
        do throws(Failure) {
            var digest = SHA256()
            var bytes = 0
            try archive.read { piece throws(Failure) in
                if channels.mustDrop { throw .stopped }
                bytes += piece.count
                guard bytes <= most else { throw .permanent("too_large", "a picture of over \(most) bytes") }
                digest.update(piece)
                try part.write(piece)
                progress(archive.bytes)
            }
            return (part.path, bytes, hexadecimal(digest.finish()))
        } catch {
            part.discard()
            throw error
        }
    }
}
