import Files
import Wire

/// The place of a track's file in the spool, with the file beside it that describes it.
struct SpoolSlot {
    let media: String
    let state: String

    var partial: String { media + ".part" }

    /// The finished file, if it exists, belongs to this media, and still has its digest.
    func finished(for media: Media) -> Fetched? {
        guard let known = TransferState(at: state), known.fits(media), let sha256 = known.sha256,
            let found = try? digest(ofFile: self.media), found.sha256 == sha256
        else { return nil }
        return Fetched(path: self.media, bytes: found.bytes, sha256: found.sha256)
    }
}
