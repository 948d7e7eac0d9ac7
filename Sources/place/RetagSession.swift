import Files
import Glibc
import Naming
import Tags
import Wire

/// Writes the tags in their records into files of the library.
struct RetagSession {
    let placement: PlaceSession

    /// The record with its file as it is now, and the changes in `placed.changes`; nil if nothing differs from the record.
    func retag(_ record: Record) throws(Failure) -> Record? {
        let shelved = try Shelved(record, in: placement.library)
        var placed = try placement.current(shelved, of: record.id)
        var changes = try changes(of: record, shelved)
        let picture = placed.lacksArtwork ? try record.file?.artwork : nil
        let artwork = try picture.flatMap { picture throws(Failure) in
            try placement.pictures.read(picture)
        }
        if artwork != nil { changes.append(Self.cover(try record.track)) }
        if changes.isEmpty {
            try discardPart(record.id, placed)
        } else {
            try shelved.prove()
            placed = try write(try record.track ?? Track(), source: record.id, artwork, record, placed)
        }
        let isSame = placed.bytes == shelved.placed.bytes && placed.sha256 == shelved.placed.sha256
        return isSame && changes.isEmpty ? nil : record.with(placed: placed).with(changes)
    }

    /// The same as a dry run.
    func plan(_ record: Record) throws(Failure) -> Record? {
        let shelved = try Shelved(record, in: placement.library)
        try placement.check(shelved, of: record.id)
        try shelved.refuseDamage()
        var changes = try changes(of: record, shelved)
        let track = try record.track
        if shelved.placed.lacksArtwork, track?.artworkURL != nil { changes.append(Self.cover(track)) }
        return changes.isEmpty ? nil : record.with(changes)
    }

    private static func cover(_ track: Track?) -> TagChange {
        TagChange(name: "ARTWORK", from: [], to: [track?.artworkURL].compactMap(\.self))
    }

    private func changes(of record: Record, _ shelved: Shelved) throws(Failure) -> [TagChange] {
        try AudioTags.changes(
            by: try record.track ?? Track(), source: record.id, in: shelved.placed.path, shelved.placed.format)
    }

    /// Adds the cover that could not be fetched before to a file, and to its folder if that has none; its tags stay.
    func dress(_ record: Record, _ placed: Placed, in artwork: Artwork) throws(Failure) -> Placed {
        try write(Track(), source: nil, artwork, record, placed)
    }

    private func write(
        _ track: Track, source: String?, _ artwork: Artwork?, _ record: Record, _ placed: Placed
    ) throws(Failure) -> Placed {
        // A cover that the user added meanwhile stays.
        let own = artwork == nil ? nil : try AudioTags.artwork(placed.path, placed.format)
        let embedded = own == nil ? artwork.flatMap(placement.covers.embedded) : nil
        let tags = NewTags(record, track, source: source, embedded)
        var placed = try write(tags, record.id, placed)
        guard let artwork else { return placed }
        placed.artwork = nil
        let known = try record.track
        let values = FieldValues(
            id: record.id, track: known ?? Track(), format: placed.format, quality: placed.quality)
        let target = try placement.claimTarget(placement.scheme.path(of: record, values), placed.format, known)
        let pictures =
            try target.isNamed(placed.path)
            ? placement.covers.companions(of: nil, id: record.id, in: target, artwork, nil) : []
        let pending = placement.arrivals.pending
        for picture in pictures { pending.add(picture.part) }
        try pending.synchroniseFiles()
        for picture in pictures { try placement.covers.name(picture, beside: placed.path, pending) }
        try pending.synchroniseFolders()
        return placed
    }

    /// Removes what a crash left of a change that is no longer needed.
    private func discardPart(_ id: String, _ placed: Placed) throws(Failure) {
        let path = partPath(id, placed)
        if fileSize(path) != nil { try PartialFile(at: path, keeping: false).discard() }
    }

    private func partPath(_ id: String, _ placed: Placed) -> String {
        TemporaryName.path(in: folder(of: placed.path), for: id)
    }

    /// Changes a copy, which then replaces the file atomically.
    private func write(_ tags: NewTags, _ id: String, _ placed: Placed) throws(Failure) -> Placed {
        let part = try PartialFile(at: partPath(id, placed), keeping: false)
        do throws(Failure) {
            let file = try openFile(placed.path)
            defer { close(file) }
            let before = FileStatus(of: file)
            let original = try Original(file, at: placed.path, placed.format)
            var placed = placed
            (placed.bytes, placed.sha256) = try original.copy(to: part, tags, proof: nil) {
                placement.channels.mustDrop
            }
            try part.synchronise()
            guard FileStatus(placed.path) == before else {
                throw .transient("busy", "\(placed.path) was edited meanwhile")
            }
            try part.giveName(placed.path)
            try synchroniseFolder(of: placed.path)
            return placed
        } catch {
            part.discard()
            throw error
        }
    }
}

extension Record {
    fileprivate func with(_ changes: [TagChange]) -> Record {
        var object = JSONObject()
        for change in changes { object[change.name] = .array([.strings(change.from), .strings(change.to)]) }
        var record = self
        record.edit("placed") { $0["changes"] = changes.isEmpty ? nil : object.value }
        return record
    }
}
