import Files
import StageKit
import Tags
import Wire

/// A spooled file that is complete and holds audio.
final class SpooledSource {
    private let audio: SpooledAudio
    private let original: Original
    /// The file's own tags and its duration.
    let tags: Track

    /// Its actual format, whatever was announced.
    var format: Format { original.format }
    /// The picture to embed, and that of the album's artist.
    var picture: SpooledFile.Artwork? { audio.file.artwork }
    var artistPicture: SpooledFile.Artwork? { audio.file.artistArtwork }
    /// Whether there is a cover that may be fetched later.
    var lacksArtwork: Bool { picture == nil && audio.file.artworkFailure.map { $0 != .permanent } ?? false }

    init(_ record: Record, announced: Format?, _ channels: Channels) throws(Failure) {
        audio = try SpooledAudio(record, for: "place")
        do throws(Failure) {
            guard let format = audio.format else {
                let wanted = announced.map { "\($0.rawValue) as announced" } ?? "audio of a known format"
                throw .permanent("not_audio", "\(audio.file.path) is not \(wanted)")
            }
            original = try Original(audio.descriptor, at: audio.file.path, format)
            tags = try original.tags()
        } catch {
            // What came may be audio all the same: a power cut leaves holes in the spool.
            try audio.file.prove { channels.mustDrop }
            throw error
        }
        if let announced, announced != format {
            channels.note("\(record.id) is \(format.rawValue), not \(announced.rawValue) as announced")
        }
    }

    /// Fills a new file with a tagged copy, and returns that one's length and digest; throws `stale` when the file does not
    /// have the bytes that its record tells of.
    func copy(
        to part: PartialFile, _ tags: NewTags, mustDrop: () -> Bool
    ) throws(Failure) -> (bytes: Int, sha256: String) {
        try original.copy(to: part, tags, proof: audio.file, mustDrop: mustDrop)
    }
}
