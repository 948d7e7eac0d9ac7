import Wire

/// The tags of an open file, which are read once and changed aside: the file itself stays as it is.
package final class TagDraft {
    private let file: TagFile
    private let format: Format

    /// Nil for a container whose tags may be anywhere in the file.
    ///
    /// The descriptor must stay open as long as this is in use; messages name the file by its path.
    ///
    /// - Throws: `bad_audio` (`permanent`) for a file without audio of the format.
    package init?(of descriptor: Int32, at path: String, _ format: Format) throws(Failure) {
        guard [.flac, .mp3].contains(format) else { return nil }
        (file, self.format) = (try TagFile(aside: descriptor, of: path, format), format)
    }

    /// The recording that the tags describe, with the duration of the audio.
    package func read() -> Track { AudioTags.read(file, format) }

    /// The file with other tags, byte for byte what `AudioTags.write` makes of a copy.
    ///
    /// - Throws: `write_failed` (`transient`).
    package func write(_ track: Track, source: String?, artwork: Artwork?) throws(Failure) -> TaggedFile {
        AudioTags.set(track, source, artwork, in: file, format)
        return try file.saveAside()
    }
}

/// A file with other tags than it has on the disk.
package struct TaggedFile {
    /// Its first bytes.
    package let beginning: [UInt8]
    /// What follows them: a range of the file on the disk.
    package let rest: Range<Int>
}
