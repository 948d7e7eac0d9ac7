import Wire

/// A finished file in the library, and what it came from.
///
/// Of the media section only the quality is kept: its URL may be signed, and is had anew when it is needed.
package struct CataloguedTrack: Sendable {
    package let id: String
    /// From the library's folder, so that a library can be moved.
    package internal(set) var path: String
    package internal(set) var bytes: Int
    package internal(set) var sha256: String
    package let format: Format
    package let quality: String?
    /// What was wished for first, where another was taken.
    package let wanted: String?
    /// Seconds.
    package let duration: Double?
    package let title: String?
    package let artist: String?
    package let album: String?
    /// Of the bytes that were tagged.
    package let sourceSHA256: String?
    /// The `track` section as JSON: all that was known of the recording.
    package let section: String?
    /// When the file had been written, in nanoseconds since 1970.
    package internal(set) var modified: Int?
    /// `missing` where there is a cover that could not be had yet.
    package let artwork: String?
    /// What a catalog's track is found by that has no id here yet; only imported files have it.
    let matchKey: String?
    let isrc: String?

    /// What `record` says; `path` is that of the placed file, from the library's folder, which was written at `modified`.
    ///
    /// - Throws: `bad_record`, `bad_format` or `bad_cipher` (`permanent`) for a section that cannot be read.
    package init(_ record: Record, placed: Placed, path: String, modified: Int? = nil) throws(Failure) {
        let track = try record.track
        (id, self.path, bytes, sha256) = (record.id, path, placed.bytes, placed.sha256)
        (format, duration) = (placed.format, placed.duration ?? track?.duration)
        (title, artist, album) = (track?.title, track?.artist, track?.album)
        let media = try record.media
        quality = placed.quality ?? media?.quality
        wanted = placed.wanted ?? media?.wanted
        sourceSHA256 = try record.file?.sha256
        (self.modified, artwork) = (modified, placed.artwork)
        section = record["track"].map { String(decoding: $0.text, as: UTF8.self) }
        let recording = id.hasPrefix(Catalogue.importedPrefix) ? Recording(track ?? Track()) : nil
        (matchKey, isrc) = (recording.map { $0.key ?? "" }, recording?.isrc)
    }

    /// All that was known of the recording; empty where that cannot be read.
    var recording: Track {
        let section = section.flatMap { try? JSON(parsing: Array($0.utf8)).object }
        return section.flatMap { try? Track(Section("track", $0)) } ?? Track()
    }

    /// Where the file is, as the stages say it.
    package func placed(in library: String) -> Placed {
        Placed(
            path: "\(library)/\(path)", bytes: bytes, sha256: sha256, format: format, duration: duration,
            quality: quality, wanted: wanted, artwork: artwork)
    }

    /// The same track with the file that it is found to have now.
    package func with(fileOf other: CataloguedTrack) -> CataloguedTrack {
        var track = self
        (track.path, track.modified) = (other.path, other.modified)
        (track.bytes, track.sha256) = (other.bytes, other.sha256)
        return track
    }
}
