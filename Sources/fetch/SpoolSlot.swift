import Files
import Wire

/// The place of a track's file in the spool, with the file beside it that describes it.
struct SpoolSlot {
    let media: String
    let state: String

    var partial: String { media + ".part" }

    /// The finished file, if it exists, belongs to this media, and still has its digest.
    ///
    /// `state` is what the file beside it says. A small file has none, and counts only if the media says its digest.
    func finished(for media: Media, _ state: @autoclosure () -> TransferState?) -> Fetched? {
        guard fileSize(self.media) != nil else { return nil }
        let known = state()
        guard known?.fits(media) ?? true, let sha256 = known?.sha256 ?? media.sha256,
            let found = try? digest(ofFile: self.media), found.sha256 == sha256
        else { return nil }
        return Fetched(path: self.media, bytes: found.bytes, sha256: found.sha256)
    }

    /// Writes beside a finished file what it is, so that it is found again.
    func describe(_ found: Fetched, _ media: Media) throws(Failure) {
        var known = TransferState(media: media, total: found.bytes)
        known.sha256 = found.sha256
        try known.write(to: state)
    }
}
