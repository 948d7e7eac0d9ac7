import Files
import Naming
import StageKit
import Tags
import Wire

/// Puts one file after another into the library.
struct PlaceSession {
    let library: LibraryFolder
    let scheme: NamingScheme
    let covers: Covers
    let channels: Channels
    let names = FolderNames()

    /// The record with its file in the library; nil if it is there already.
    func answer(_ record: Record) throws(Failure) -> Record? {
        guard let placed = try record.placed, library.holds(placed) else {
            try putAside(record)
            do throws(Failure) {
                return record.with(placed: try place(record))
            } catch {
                throw library.isOpen ? error.ofOneFolder : error
            }
        }
        guard placed.lacksArtwork, let picture = try record.file?.artwork,
            let artwork = try SpooledSource.read(picture, channels)
        else { return nil }
        try library.check()
        return record.with(placed: try RetagSession(placement: self).dress(record, placed, in: artwork))
    }

    /// Copies, tags and names the record's file; a failure leaves no file behind.
    private func place(_ record: Record) throws(Failure) -> Placed {
        let media = try record.media
        let source = try SpooledSource(record, announced: media?.format, channels)
        let described = try record.track
        let values = FieldValues(
            id: record.id, track: described ?? source.tags, format: source.format, quality: media?.quality)
        try library.check()
        let target = try claimTarget(scheme.path(of: record, values), source.format, described)
        let part = try PartialFile(at: target.temporary(id: record.id), keeping: false)
        do throws(Failure) {
            let (artwork, artist) = (try source.artwork(channels), try source.artistPicture(channels))
            let embedded = artwork.flatMap(covers.embedded)
            try fill(part, from: source.path, described ?? Track(), embedded, record.id, source.format)
            let (bytes, sha256) = try digest(ofFile: part.path)
            try library.check()
            let (path, isEdited) = try target.settle(part, bytes, sha256, beside: names) {
                isFile(of: record.id, at: $0, source.format)
            }
            covers.accompany(path, described, in: target, artwork, artist)
            var placed = Placed(
                path: path, bytes: bytes, sha256: sha256, format: source.format, duration: source.tags.duration,
                quality: media?.quality, wanted: media?.wanted, artwork: source.lacksArtwork ? Placed.missing : nil)
            if isEdited {
                (placed.bytes, placed.sha256) = try digest(ofFile: path)
                placed.artwork = nil
            }
            return placed
        } catch {
            part.discard()
            try library.leave(target.folder)
            throw error
        }
    }

    /// Moves a damaged file that was booked for the record to the trash: its remains may be all that there is.
    private func putAside(_ record: Record) throws(Failure) {
        guard record["placed"] != nil, record["recorded"] != nil else { return }
        let shelved = try Shelved(record, in: library)
        guard shelved.isThere, shelved.isDamaged else { return }
        try library.check()
        let path = String(decoding: shelved.placed.path.utf8.dropFirst(library.root.utf8.count + 1), as: UTF8.self)
        if let place = try Aside(library: library.root, folder: Aside.damaged).take(path) {
            channels.note("\(record.id) was damaged: its remains are in \(place)")
        }
    }

    /// Whether a file's tags name this track: then somebody edited it, and it stays as it is.
    private func isFile(of id: String, at path: String, _ format: Format) -> Bool {
        guard let source = (try? AudioTags.source(path, format)) ?? nil else { return false }
        return source.utf8.elementsEqual(id.utf8)
    }

    /// The target of a file, in a folder that belongs to its album from now on.
    func claimTarget(_ path: NamedPath, _ format: Format, _ track: Track?) throws(Failure) -> LibraryTarget {
        let edition = track.flatMap(AlbumIdentity.init)
        while true {
            let target = try library.target(path, format, edition, owner: AlbumIdentity.owner(ofFolder:))
            guard let edition, let folder = target.albumFolder else { return target }
            // If another replica has just claimed it for another album, another folder is found.
            if try edition.claim(folder: folder) { return target }
        }
    }

    /// Reserves room before tags are written: TagLib does not report a full disk.
    func fill(
        _ part: PartialFile, from path: String, _ track: Track, _ artwork: Artwork?, _ id: String?, _ format: Format
    ) throws(Failure) {
        try part.copy(from: path) { channels.mustDrop }
        try part.reserve(2 << 20 + (artwork?.bytes.count ?? 0) * 2)
        try AudioTags.write(track, source: id, artwork: artwork, to: part.path, format)
        try part.releaseReserve()
    }
}
