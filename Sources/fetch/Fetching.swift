import Files
import StageKit
import Web
import Wire

/// Answers tracks with the files that were fetched for them.
final class Fetching {
    private let client: Client
    private let spool: String
    private let pace: Pace
    private let channels: Channels
    private let artworks: Artworks
    private let hasArtists: Bool

    /// `spool` is an absolute path; pictures of artists come only where `hasArtists`.
    init(client: Client, spool: String, pace: Pace, hasArtists: Bool, channels: Channels) {
        (self.client, self.spool, self.pace, self.channels) = (client, spool, pace, channels)
        self.hasArtists = hasArtists
        artworks = Artworks(client: client, spool: spool, pace: pace, channels: channels)
    }

    func answer(_ record: Record) throws(Failure) -> Answer {
        guard let media = try record.media else {
            throw .stale("no_media", "there is no media section: resolve it first")
        }
        if let file = try record.file, isWhole(file) { return .unchanged }
        try media.check()
        let track = try record.track
        let found = try fetched(record, media)
        let artwork = try artworks.artwork(track?.artworkURL, auth: media.auth, for: record.id)
        let artist = hasArtists ? try artworks.artwork(track?.artistArtworkURL, auth: media.auth, for: record.id) : nil
        var answer = record
        answer.edit("file") { object in
            object["path"] = .string(found.path)
            object["bytes"] = .integer(found.bytes)
            object["sha256"] = .string(found.sha256)
            // The wrapping is told in the very words of the media section, whatever else they say.
            object["cipher"] = media.cipher == nil ? nil : record["media"]?.object?["cipher"]
            object["artwork"] = artwork?.json(over: object["artwork"])
            object["artist_artwork"] = artist?.json(over: object["artist_artwork"])
        }
        return .record(answer)
    }

    /// The file of an earlier run when it proves right, else a new one.
    private func fetched(_ record: Record, _ media: Media) throws(Failure) -> Fetched {
        let name = SpoolName(of: record)
        let place = Place(media: name.path(.media, in: spool), state: name.path(.state, in: spool))
        if let found = place.finished(for: media) { return found }
        guard !media.isExpired() else {
            throw .stale("expired", "the media URL was good until \(media.expiresAt ?? "some time ago")")
        }
        let channels = self.channels
        let transfer = Transfer(media: media, place: place, pace: pace) { bytes, total in
            channels.progress(record.id, bytes: bytes, total: total)
        }
        return try transfer.run(with: client)
    }

    private func isWhole(_ file: SpooledFile) -> Bool {
        guard fileSize(file.path) == file.bytes, let found = try? digest(ofFile: file.path) else { return false }
        return found.sha256 == file.sha256
    }
}
