import Files
import StageKit
import Tags
import Wire

/// The way of one file into the library.
struct Placement {
    let library: Library
    let template: Template
    let channels: Channels

    /// Copies, tags and names the record's file; what fails leaves no file behind.
    func place(_ record: Record) throws(Failure) -> Placed {
        let media = try record.media
        let source = try Source(record, announced: media?.format, channels)
        let described = try record.track
        let values = FieldValues(
            id: record.id, track: described ?? source.tags, format: source.format, quality: media?.quality)
        let target = try library.target(template.segments(values), source.format)
        let part = try PartialFile(at: target.temporary(id: record.id), keeping: false)
        do throws(Failure) {
            try copy(source, into: part, described ?? Track())
            let (bytes, sha256) = try digest(ofFile: part.path)
            let path = try target.settle(part, bytes, sha256)
            return Placed(
                path: path, bytes: bytes, sha256: sha256, format: source.format, duration: source.tags.duration)
        } catch {
            part.discard()
            throw error
        }
    }

    /// The record with the path that its file would get if no other had it.
    func plan(_ record: Record) throws(Failure) -> Record {
        guard let media = try record.media else {
            throw .stale("no_media", "there is no media section: resolve it first")
        }
        let values = FieldValues(
            id: record.id, track: try record.track ?? Track(), format: media.format, quality: media.quality)
        var placed = JSONObject()
        placed["path"] = .string(try library.target(template.segments(values), media.format).path(1))
        var answer = record
        answer["placed"] = placed.value
        return answer
    }

    /// Tags are written with room set aside: TagLib does not say when a disk is full.
    private func copy(_ source: Source, into part: PartialFile, _ track: Track) throws(Failure) {
        let artwork = source.artwork(channels)
        try part.copy(from: source.path, channels)
        try part.reserve(2 << 20 + (artwork?.bytes.count ?? 0) * 2)
        try AudioTags.write(track, artwork: artwork, to: part.path, source.format)
        try part.releaseReserve()
    }
}
