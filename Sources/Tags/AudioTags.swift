import Wire

/// What an audio file says about itself, in the project's terms.
///
/// - Throws: all methods throw `bad_audio` (`permanent`) for a file without audio of the format.
package enum AudioTags {
    /// The recording that the tags describe, with the duration of the audio.
    package static func read(_ path: String, _ format: Format) throws(Failure) -> Track {
        read(try TagFile(path, format), format)
    }

    /// The front cover, or else the first picture.
    package static func artwork(_ path: String, _ format: Format) throws(Failure) -> Artwork? {
        try TagFile(path, format).cover
    }

    /// The id of the recording at its source, as `write` left it.
    package static func source(_ path: String, _ format: Format) throws(Failure) -> String? {
        let file = try TagFile(path, format)
        return format == .m4a ? file.atom("SOURCEID") : file["SOURCEID"].first
    }

    /// The length of the audio in seconds, to the millisecond.
    package static func duration(_ path: String, _ format: Format) throws(Failure) -> Double {
        try TagFile(path, format).duration
    }

    static func read(_ file: TagFile, _ format: Format) -> Track {
        var track = Track()
        let artists = file["ARTIST"]
        let (number, disc) = (NumberPair(file, .track), NumberPair(file, .disc))
        track.title = file["TITLE"].first
        track.artist = artists.isEmpty ? nil : artists.joined(separator: ", ")
        track.artists = file["ARTISTS"].isEmpty ? artists : file["ARTISTS"]
        track.album = file["ALBUM"].first
        track.albumArtist = file["ALBUMARTIST"].first
        track.albumArtists = file["ALBUMARTISTS"]
        (track.trackNumber, track.trackTotal) = (number.number, number.total)
        (track.discNumber, track.discTotal) = (disc.number, disc.total)
        track.releaseDate = file["DATE"].first.flatMap(releaseDate)
        track.originalDate = file["ORIGINALDATE"].first.flatMap(releaseDate)
        track.genres = file["GENRE"]
        track.upc = file["BARCODE"].first
        track.isrc = file["ISRC"].first
        track.label = file["LABEL"].first
        track.bpm = file["BPM"].first.flatMap(Double.init)
        track.copyright = file["COPYRIGHT"].first
        track.comment = file["COMMENT"].first
        for kind in Contribution.allCases where !file[kind.tag].isEmpty { track.contributors[kind] = file[kind.tag] }
        track.musicBrainz.recording = file["MUSICBRAINZ_TRACKID"].first
        track.musicBrainz.release = file["MUSICBRAINZ_ALBUMID"].first
        track.musicBrainz.artists = file["MUSICBRAINZ_ARTISTID"]
        track.musicBrainz.albumArtists = file["MUSICBRAINZ_ALBUMARTISTID"]
        track.compilation = file["COMPILATION"].first == "1" ? true : nil
        let advisory = format == .m4a ? file.advisory : file["ITUNESADVISORY"].first.flatMap { Int($0) }
        track.explicit = [1: true, 4: true, 2: false][advisory ?? 0]
        track.lyrics = file["LYRICS"].first
        track.replayGain = ReplayGain(file, format)
        track.duration = file.duration
        return track
    }
}

extension Contribution {
    /// TagLib's name of the tag for it.
    var tag: String { rawValue.uppercased() }
}

/// A picture as a file has it: `mime` is, say, `image/jpeg` or `image/png`.
package struct Artwork: Equatable, Sendable {
    package let bytes: [UInt8]
    package let mime: String

    package init(bytes: [UInt8], mime: String) { (self.bytes, self.mime) = (bytes, mime) }
}
