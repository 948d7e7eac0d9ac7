import ArgumentParser

/// How playlists lie in a library.
enum Layout: String, ExpressibleByArgument, CaseIterable {
    /// A file that names the tracks where they are, in their albums.
    case albums
    /// Also a folder for each, with its tracks under names in its order: links to the one file.
    case playlists
}
