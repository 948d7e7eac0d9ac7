import Files
import Wire

/// Where a track's file lies in the spool, with what is known of it beside it.
struct SpoolSlot {
    let media: String
    let state: String

    var partial: String { media + ".part" }

    /// The finished file, if it is there, belongs to this media, and has the digest that it had when it came.
    func finished(for media: Media) -> Fetched? {
        guard let known = TransferState(at: state), known.fits(media), let sha256 = known.sha256,
            let found = try? digest(ofFile: self.media), found.sha256 == sha256
        else { return nil }
        return Fetched(path: self.media, bytes: found.bytes, sha256: found.sha256)
    }
}
