import Files
import Glibc
import Tags
import Wire

/// An open audio file, of which a copy with other tags is made; it stays as it is.
struct Original {
    let path: String
    let format: Format
    private let descriptor: Int32
    /// Nil for a container whose tags may be anywhere in it.
    private let draft: TagDraft?

    /// The descriptor must stay open as long as this is in use. Throws `bad_audio`.
    init(_ descriptor: Int32, at path: String, _ format: Format) throws(Failure) {
        (self.path, self.format, self.descriptor) = (path, format, descriptor)
        draft = try TagDraft(of: descriptor, at: path, format)
    }

    func tags() throws(Failure) -> Track {
        if let draft { draft.read() } else { try AudioTags.read(path, format) }
    }

    /// Fills a new file with the copy, and returns that one's length and digest; `proof` says which bytes the original should
    /// have. Throws `stale` when it has others.
    func copy(
        to part: PartialFile, _ tags: NewTags, proof: SpooledFile?, mustDrop: () -> Bool
    ) throws(Failure) -> (bytes: Int, sha256: String) {
        if let draft {
            let tagged = try draft.write(tags.track, source: tags.source, artwork: tags.artwork)
            return try pour(tagged, to: part, proof, mustDrop)
        }
        try proof?.prove(mustDrop: mustDrop)
        try part.copy(from: path, mustDrop: mustDrop)
        // TagLib does not report a full disk.
        try part.reserve(tags.room)
        try AudioTags.write(tags.track, source: tags.source, artwork: tags.artwork, to: part.path, format)
        try part.releaseReserve()
        return try digest(ofFile: part.path, mustDrop: mustDrop)
    }

    /// Writes the new beginning and then the rest, each byte read, hashed and written once.
    private func pour(
        _ tagged: TaggedFile, to part: PartialFile, _ proof: SpooledFile?, _ mustDrop: () -> Bool
    ) throws(Failure) -> (bytes: Int, sha256: String) {
        var own = SHA256()
        var new = SHA256()
        tagged.beginning.withUnsafeBytes { new.update($0) }
        try part.write(tagged.beginning)
        var offset = proof == nil ? tagged.rest.lowerBound : 0
        lseek(descriptor, offset, SEEK_SET)
        _ = try readAll(descriptor, of: path, mustDrop: mustDrop) { piece throws(Failure) in
            if proof != nil { own.update(piece) }
            let wanted = tagged.rest.clamped(to: offset..<offset + piece.count)
            let sound = UnsafeRawBufferPointer(
                rebasing: piece[wanted.lowerBound - offset..<wanted.upperBound - offset])
            new.update(sound)
            try part.write(sound)
            offset += piece.count
        }
        try proof?.prove(hexadecimal(own.finish()))
        guard offset >= tagged.rest.upperBound else {
            throw .transient("file_error", "\(path) became shorter while it was read")
        }
        return (tagged.beginning.count + tagged.rest.count, hexadecimal(new.finish()))
    }
}

/// The tags that a copy gets in addition to those of its original.
struct NewTags {
    let track: Track
    /// The id of the recording at its source.
    let source: String?
    let artwork: Artwork?
    /// The most bytes that they add to a file.
    let room: Int

    init(_ record: Record, _ track: Track, source: String?, _ artwork: Artwork?) {
        (self.track, self.source, self.artwork) = (track, source, artwork)
        let text = record["track"]?.text.count ?? 0
        // Some containers write pictures in base64, and all add padding.
        room = 65_536 + 2 * (text + (artwork?.bytes.count ?? 0))
    }
}
