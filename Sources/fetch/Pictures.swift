import Wire

/// What came of the pictures of a track; nil for one that it does not name.
struct Pictures {
    let cover: Result<SpooledFile.Artwork, Failure>?
    let artist: Result<SpooledFile.Artwork, Failure>?

    /// Whether a track is held back for a picture: for what is wrong with this machine always, for what may pass while
    /// whoever sent the record will send it again. `tries` is how often; nil where nobody will.
    static func mustWait(for failure: Failure, _ tries: Int?) -> Bool {
        switch failure.class {
        case .config: true
        case .throttled: tries != nil
        case .transient: failure == .stopped || tries ?? 0 > 0
        case .stale, .permanent, .crash: false
        }
    }

    /// Tells of them in a file section, and of a cover that could not be had why.
    func write(to section: inout JSONObject) {
        section["artwork"] = (try? cover?.get())?.json(over: section["artwork"])
        section["artist_artwork"] = (try? artist?.get())?.json(over: section["artist_artwork"])
        section["artwork_error"] = nil
        guard case .failure(let failure) = cover else { return }
        var error = JSONObject()
        error["class"] = .string(failure.class.rawValue)
        error["code"] = .string(failure.code.rawValue)
        error["message"] = .string(failure.message)
        section["artwork_error"] = error.value
    }
}
