import Wire

/// A finished file in the library, and what it came from.
///
/// Of the media section only the quality is kept: its URL may be signed, and a new one can be requested when needed.
package struct CataloguedTrack: Sendable {
    package let id: String
    /// Relative to the library's folder, so that a library can be moved.
    package internal(set) var path: String
    /// The size of the file.
    package internal(set) var bytes: Int
    /// Of the file, as 64 hex digits.
    package internal(set) var sha256: String
    package internal(set) var format: Format
    package internal(set) var quality: String?
    /// The first choice of quality, where another one was taken.
    package internal(set) var wanted: String?
    /// In seconds.
    package let duration: Double?
    package let title: String?
    package let artist: String?
    package let album: String?
    /// Of the bytes before they were tagged, as 64 hex digits.
    package let sourceSHA256: String?
    /// The `track` section as JSON: all that was known of the recording.
    package let section: String?
    /// When the file was last written before it was booked, in nanoseconds since 1970.
    package internal(set) var modified: Int?
    /// `missing` while its cover could not be fetched yet.
    package let artwork: String?
    /// The key by which a catalog's track finds an imported file; nil for all other files.
    let matchKey: String?
    /// The key of its album's title, by which the same recording from another source is found; nil if it has none.
    let albumKey: String?
    /// In capitals, without hyphens.
    let isrc: String?
    /// MusicBrainz' id of the recording.
    let recordingID: String?

    /// What `record` says; `path` is the placed file's, relative to the library's folder, and `modified` the time when it was
    /// written, in nanoseconds since 1970.
    ///
    /// - Throws: `bad_record` where the record's `track`, `media` or `file` is malformed.
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
        let recording = Recording(track ?? Track())
        (albumKey, isrc, recordingID) = (recording.albumKey, recording.isrc, recording.id)
        matchKey = id.hasPrefix(Catalogue.importedPrefix) ? recording.key ?? "" : nil
    }

    /// The `track` section; empty if it cannot be read.
    var recording: Track {
        let section = section.flatMap { try? JSON(parsing: Array($0.utf8)).object }
        return section.flatMap { try? Track(Section("track", $0)) } ?? Track()
    }

    /// The `placed` section, with the path in the folder `library`.
    package func placed(in library: String) -> Placed {
        Placed(
            path: "\(library)/\(path)", bytes: bytes, sha256: sha256, format: format, duration: duration,
            quality: quality, wanted: wanted, artwork: artwork)
    }

    /// This track with the path, size, digest, time and format of another one's file.
    package func with(fileOf other: CataloguedTrack) -> CataloguedTrack {
        var track = self
        (track.path, track.modified) = (other.path, other.modified)
        (track.bytes, track.sha256) = (other.bytes, other.sha256)
        if other.format != format {
            (track.format, track.quality, track.wanted) = (other.format, other.quality, other.wanted)
        }
        return track
    }
}
