import Web
import Wire

/// How near to this machine the links may lead that a source names.
extension ResolveSession {
    /// Refuses media that is nearer than its source, and notes where it may lead to the internet alone.
    ///
    /// - Throws: `bad_url` (`permanent`).
    func check(_ media: inout Media, from source: LinkSource) throws(Failure) {
        try lists.client.refuse(media.url, from: source)
        media.isFar = try lists.client.mustStayFar(media.url, from: source)
    }

    /// Drops the artwork links that may not be followed, since a track is complete without a picture, and notes where the
    /// others may lead to the internet alone.
    func checkPictures(of record: inout Record, from source: LinkSource) throws(Failure) {
        guard let track = try record.track else { return }
        var areFar = false
        for (name, link) in [("artwork_url", track.artworkURL), ("artist_artwork_url", track.artistArtworkURL)] {
            guard let link else { continue }
            do throws(Failure) {
                try lists.client.refuse(link, from: source)
                areFar = try lists.client.mustStayFar(link, from: source) || areFar
            } catch {
                record.edit("track") { $0[name] = nil }
                channels.note("no artwork for \(record.id): \(error.message)")
            }
        }
        if areFar { record.edit("track") { $0["artwork_far"] = .boolean(true) } }
    }
}
