import Files
import StageKit
import Web
import Wire

/// Fetches the files of tracks for one worker, and answers with their records.
final class FetchSession {
    private let client: Client
    private let common: FetchCommon
    private let channels: Channels
    private let artworks: Artworks

    init(client: Client, common: FetchCommon, channels: Channels) {
        (self.client, self.common, self.channels) = (client, common, channels)
        artworks = Artworks(client: client, common: common, channels: channels)
    }

    func answer(_ line: Record) throws(Failure) -> StageAnswer {
        let tries = line["tries_left"]?.integer
        var record = line
        record["tries_left"] = nil
        if let placed = try record.settled {
            if placed.lacksArtwork { try addCover(to: &record, of: placed, tries) }
            return .record(record)
        }
        guard let media = try record.media else {
            // One of the library that lacks nothing that is fetched: the stage that wants its file says what is wrong with it.
            if let placed = record.booked, !placed.lacksArtwork { return .record(record) }
            throw record.lacksFile ?? .stale("no_media", "there is no media section: resolve it first")
        }
        if let file = try record.file, isWhole(file) { return .record(record) }
        try media.check()
        let slot = slot(of: record)
        let found = try fetched(record, media, slot)
        let (pictures, told) = (try pictures(of: record, tries, media, slot, found), record["media"]?.object?["cipher"])
        record.edit("file") { object in
            object["path"] = .string(found.path)
            object["bytes"] = .integer(found.bytes)
            object["sha256"] = .string(found.sha256)
            // The cipher is copied verbatim from the media section, with all that it holds.
            object["cipher"] = media.cipher == nil ? nil : told
            pictures.write(to: &object)
        }
        return .record(record)
    }

    /// Fetches the pictures of a track that is in the library and lacks nothing else.
    private func addCover(to record: inout Record, of placed: Placed, _ tries: Int?) throws(Failure) {
        let pictures = try pictures(of: record, tries)
        record.edit("file") { object in
            object["path"] = .string(placed.path)
            object["bytes"] = .integer(placed.bytes)
            object["sha256"] = .string(placed.sha256)
            pictures.write(to: &object)
        }
    }

    private func slot(of record: Record) -> SpoolSlot {
        let name = SpoolName(of: record)
        return SpoolSlot(media: name.path(.media, in: common.spool), state: name.path(.state, in: common.spool))
    }

    /// The pictures of a track whose file is there, and is found again if the record fails for want of them.
    private func pictures(
        of record: Record, _ tries: Int?, _ media: Media, _ slot: SpoolSlot, _ found: Fetched
    ) throws(Failure) -> Pictures {
        do throws(Failure) {
            return try pictures(of: record, tries)
        } catch {
            try? slot.describe(found, media)
            throw error
        }
    }

    /// Throws a failure that a retry may fix, while there are tries left.
    private func pictures(of record: Record, _ tries: Int?) throws(Failure) -> Pictures {
        let track = try record.track
        guard track?.artworkURL != nil || common.hasArtists && track?.artistArtworkURL != nil else {
            return Pictures(cover: nil, artist: nil)
        }
        let name = SpoolName(of: record)
        let media = try record.media
        // A record that asks for pictures alone has no media.
        let isFar = media?.isFar == true || track?.isArtworkFar == true
        let auth = auth(of: record, media) ?? client.credential(ofCatalogIn: record.id).map(Auth.named)
        func picture(_ url: String?, _ part: SpoolName.Part) throws(Failure) -> Result<SpooledFile.Artwork, Failure>? {
            guard let url else { return nil }
            do throws(Failure) {
                return .success(
                    try artworks.artwork(url, auth: auth, isFar: isFar, as: name.path(part, in: common.spool)))
            } catch {
                if Pictures.mustWait(for: error, tries) { throw error }
                channels.note("no artwork for \(record.id): \(error.message)")
                return .failure(error)
            }
        }
        return Pictures(
            cover: try picture(track?.artworkURL, .artwork),
            artist: common.hasArtists ? try picture(track?.artistArtworkURL, .artist) : nil)
    }

    /// The file of an earlier run if it is valid, else a new one.
    private func fetched(_ record: Record, _ media: Media, _ slot: SpoolSlot) throws(Failure) -> Fetched {
        if let found = slot.finished(for: media, TransferState(at: slot.state)) { return found }
        guard !media.isExpired() else {
            throw .stale("expired", "the media URL expired at \(media.expiresAt ?? "an unknown time")")
        }
        let (channels, common) = (channels, common)
        try common.bounds.check(announced: media.bytes, host: nil)
        let transfer = Transfer(
            media: media, auth: auth(of: record, media), slot: slot, limits: common.limits, bounds: common.bounds,
            connect: { ahead in common.client(channels) { ahead.isOver } }
        ) { bytes, total in
            channels.progress(record.id, bytes: bytes, total: total)
        }
        do throws(Failure) {
            return try transfer.run(with: client)
        } catch let error where error.class == .stale && Self.isLink(record) {
            // A link cannot be renewed.
            throw .permanent(error.code, error.message, host: error.host)
        }
    }

    /// The credential that the record names, or that applies to a link.
    private func auth(of record: Record, _ media: Media?) -> Auth? {
        media?.auth.map(Auth.named) ?? (Self.isLink(record) ? Auth.link(record) : nil)
    }

    /// Whether the media comes from a link or a list rather than a catalog, which could renew it.
    private static func isLink(_ record: Record) -> Bool {
        record["offer"] != nil || record.id.utf8.starts(with: "\(WebLink.audio):track:".utf8)
    }

    private func isWhole(_ file: SpooledFile) -> Bool {
        guard fileSize(file.path) == file.bytes, let found = try? digest(ofFile: file.path) else { return false }
        return found.sha256 == file.sha256
    }
}
