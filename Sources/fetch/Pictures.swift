import Wire

/// The results for the pictures of a track; nil for a picture that it does not name.
struct Pictures {
    let cover: Result<SpooledFile.Artwork, Failure>?
    let artist: Result<SpooledFile.Artwork, Failure>?

    /// The failure for which a track is held back: any fault of this machine, and one that may pass as long as the record will
    /// be sent again. `tries` is how often that will be; nil if it will not.
    static func mustWait(for failure: Failure, _ tries: Int?) -> Bool {
        switch failure.class {
        case .config: true
        case .throttled: tries != nil
        case .transient: failure == .stopped || tries ?? 0 > 0
        case .stale, .permanent, .crash: false
        }
    }

    /// Writes them into a file section, with the reason why a cover is missing.
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
