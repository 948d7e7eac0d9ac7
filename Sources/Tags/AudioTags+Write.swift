import Wire

extension AudioTags {
    /// Writes what is known about a recording into the file itself; everything else stays as the file has it.
    ///
    /// The same file and the same track give the same bytes. A failure may leave the file damaged. `source` is the id
    /// of the recording at its source.
    ///
    /// - Throws: `bad_audio` (`permanent`), or `write_failed` (`transient`).
    package static func write(
        _ track: Track, source: String?, artwork: Artwork?, to path: String, _ format: Format
    ) throws(Failure) {
        let file = try TagFile(path, format)
        set(track, source, artwork, in: file, format)
        try file.save()
    }

    static func set(_ track: Track, _ source: String?, _ artwork: Artwork?, in file: TagFile, _ format: Format) {
        set(track, source, in: file, format)
        if file.cover != artwork { file.cover = artwork }
    }

    /// The tags that `write` would change, in order, apart from the artwork; nothing is written.
    package static func changes(
        by track: Track, source: String?, in path: String, _ format: Format
    ) throws(Failure) -> [TagChange] {
        let file = try TagFile(path, format)
        set(track, source, in: file, format)
        return file.changes
    }

    private static func set(_ track: Track, _ source: String?, in file: TagFile, _ format: Format) {
        let artist = track.artist ?? (track.artists.isEmpty ? nil : track.artists.joined(separator: ", "))
        set(file, "TITLE", track.title)
        set(file, "ARTIST", artist)
        set(file, "ARTISTS", track.artists)
        set(file, "ALBUM", track.album)
        set(file, "ALBUMARTIST", track.albumArtist)
        // M4A has no place for it.
        if format != .m4a { set(file, "ALBUMARTISTS", track.albumArtists) }
        set(file, "DATE", track.releaseDate)
        set(file, "ORIGINALDATE", track.originalDate)
        set(file, "GENRE", track.genres)
        set(file, "ISRC", track.isrc)
        set(file, "BARCODE", track.upc)
        set(file, "LABEL", track.label)
        set(file, "COPYRIGHT", track.copyright)
        set(file, "COMMENT", track.comment)
        for kind in Contribution.allCases { set(file, kind.tag, track.contributors[kind] ?? []) }
        set(file, track.musicBrainz)
        set(file, "COMPILATION", track.compilation == true ? "1" : nil)
        set(file, "BPM", track.bpm.flatMap { Int(exactly: $0.rounded()) }.flatMap { $0 > 0 ? String($0) : nil })
        NumberPair(number: track.trackNumber, total: track.trackTotal).write(to: file, .track, format)
        NumberPair(number: track.discNumber, total: track.discTotal).write(to: file, .disc, format)
        writeLyrics(track, to: file)
        track.replayGain?.write(to: file, format)
        if format == .m4a {
            // In addition to the lower-case name, which other programs look for.
            if let date = track.originalDate { file.setAtom("ORIGINALDATE", date) }
            if track.explicit == true { file.advisory = 1 }
            if let source { file.setAtom("SOURCEID", source) }
        } else {
            set(file, "ITUNESADVISORY", track.explicit == true ? "1" : nil)
            set(file, "SOURCEID", source)
        }
    }

    private static func set(_ file: TagFile, _ ids: MusicBrainz) {
        // By its name the tag of the track, but MusicBrainz has the recording's id in it.
        set(file, "MUSICBRAINZ_TRACKID", ids.recording)
        set(file, "MUSICBRAINZ_ALBUMID", ids.release)
        set(file, "MUSICBRAINZ_ARTISTID", ids.artists)
        set(file, "MUSICBRAINZ_ALBUMARTISTID", ids.albumArtists)
    }

    private static func writeLyrics(_ track: Track, to file: TagFile) {
        if let lyrics = track.lyrics, !lyrics.isEmpty { file.setLyrics(lyrics) }
        if let lyrics = track.syncedLyrics.flatMap(SyncedLyrics.init(lrc:)) { file.setSyncedLyrics(lyrics) }
    }

    private static func set(_ file: TagFile, _ name: String, _ value: String?) {
        set(file, name, value.map { [$0] } ?? [])
    }

    private static func set(_ file: TagFile, _ name: String, _ values: [String]) {
        let known = values.filter { !$0.isEmpty }
        if !known.isEmpty { file[name] = known }
    }
}

extension NumberPair {
    /// Writes what is known over what the file has: `4/14` where the container does it that way, else two tags.
    fileprivate func write(to file: TagFile, _ kind: Kind, _ format: Format) {
        guard self != NumberPair(number: nil, total: nil) else { return }
        let old = NumberPair(file, kind)
        guard let number = number ?? old.number else { return }
        let total = (total ?? old.total).map(String.init)
        let isOneTag = [.mp3, .wav, .m4a].contains(format)
        file[kind.number] = [isOneTag ? ["\(number)", total].compactMap(\.self).joined(separator: "/") : "\(number)"]
        file[kind.total] = isOneTag ? [] : [total].compactMap(\.self)
        file[kind.otherTotal] = []
    }
}
