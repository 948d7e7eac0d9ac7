/// A playlist as its file lists it: every member in order, with repetitions.
package struct Playlist {
    package struct Entry {
        package let id: String
        package let title: String?
        package let artist: String?
        /// In seconds.
        package let duration: Double?
        /// Relative to the library's folder; nil while the track is missing.
        package let path: String?
        /// The class and code of a missing track's failure, with a space between, when known.
        package let failure: String?

        package init(
            id: String, title: String?, artist: String?, duration: Double? = nil, path: String?, failure: String? = nil
        ) {
            (self.id, self.title, self.artist, self.duration) = (id, title, artist, duration)
            (self.path, self.failure) = (path, failure)
        }
    }

    package let title: String
    /// In the order of the playlist.
    package let entries: [Entry]

    package init(title: String, entries: [Entry]) { (self.title, self.entries) = (title, entries) }
}
