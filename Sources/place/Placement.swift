import Files
import StageKit
import Tags
import Wire

/// The way of one file into the library.
struct Placement {
    let library: Library
    let template: Template
    /// Whether an album's folder gets its cover.
    let hasCoverFiles: Bool
    let channels: Channels
    private let names = FolderNames()

    init(library: Library, template: Template, hasCoverFiles: Bool, channels: Channels) {
        (self.library, self.template, self.hasCoverFiles) = (library, template, hasCoverFiles)
        self.channels = channels
    }

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
            let artwork = source.artwork(channels)
            try copy(source, into: part, described ?? Track(), artwork, record.id)
            let (bytes, sha256) = try digest(ofFile: part.path)
            let path = try target.settle(part, bytes, sha256, besides: names)
            accompany(path, described, artwork)
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

    /// What players look for beside the audio: timed lyrics, and the album's cover. A track without them is still whole.
    private func accompany(_ path: String, _ track: Track?, _ artwork: Artwork?) {
        if let lyrics = track?.syncedLyrics, !lyrics.isEmpty {
            let stem = String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex))
            put(Array(lyrics.utf8), at: stem + ".lrc")
        }
        guard let artwork, hasCoverFiles else { return }
        let covers = ["jpg", "png"].map { "\(folder(of: path))/cover.\($0)" }
        if covers.allSatisfy({ fileSize($0) == nil }) {
            put(artwork.bytes, at: covers[artwork.mime == "image/png" ? 1 : 0])
        }
    }

    /// One that is there already may be somebody's own, and stays.
    private func put(_ bytes: [UInt8], at path: String) {
        if fileSize(path) != nil { return }
        do throws(Failure) {
            let part = try PartialFile(
                at: "\(folder(of: path))/.segue-\(SHA256.of(path).prefix(16)).part", keeping: false)
            do throws(Failure) {
                try part.write(bytes)
                if try part.rename(ifFree: path) { return }
                part.discard()
            } catch {
                part.discard()
                throw error
            }
        } catch  where error.code == "busy" {
            // Another process is putting it there just now.
        } catch {
            channels.note("left out \(lastPart(of: path)): \(error.message)")
        }
    }

    /// Tags are written with room set aside: TagLib does not say when a disk is full.
    private func copy(
        _ source: Source, into part: PartialFile, _ track: Track, _ artwork: Artwork?, _ id: String
    ) throws(Failure) {
        try part.copy(from: source.path, channels)
        try part.reserve(2 << 20 + (artwork?.bytes.count ?? 0) * 2)
        try AudioTags.write(track, source: id, artwork: artwork, to: part.path, source.format)
        try part.releaseReserve()
    }
}
