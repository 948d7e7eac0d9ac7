import Files
import Wire

/// A music folder as a catalog: tracks, albums, artists and playlists, each numbered from 1.
struct Shelf: Sendable {
    let songs: [FolderTrack]
    let albums: [FolderAlbum]
    let artists: [String]
    /// The first playlist holds all tracks, in path order; the others are the folder's playlist files.
    let playlists: [FolderPlaylist]

    /// Reads the tags of all audio files below the folder; a file without tags is named after its path.
    init(folder: String) throws(Failure) {
        let files = try MusicFolder(folder)
        guard !files.audio.isEmpty else {
            throw .config(
                "no_music", "there is no .\(Format.allCases.map(\.rawValue).joined(separator: ", .")) below \(folder)")
        }
        var sorting = Sorting()
        let root = realPath(folder) ?? folder
        for path in files.audio { sorting.add(path, below: root) }
        (songs, albums, artists) = sorting.result()
        playlists = Self.playlists(files, lastPart(of: absolute(folder)) == ".." ? root : folder, songs)
    }

    func song(_ id: Int) -> FolderTrack? { songs.indices.contains(id - 1) ? songs[id - 1] : nil }
    func album(_ id: Int) -> FolderAlbum? { albums.indices.contains(id - 1) ? albums[id - 1] : nil }
    func playlist(_ id: Int) -> FolderPlaylist? { playlists.indices.contains(id - 1) ? playlists[id - 1] : nil }

    private static func playlists(_ files: MusicFolder, _ folder: String, _ songs: [FolderTrack]) -> [FolderPlaylist] {
        let everything = FolderPlaylist(id: 1, title: lastPart(of: absolute(folder)), songs: songs.map(\.id))
        let ids = Dictionary(songs.map { (Array((realPath($0.path) ?? $0.path).utf8), $0.id) }) { first, _ in first }
        return [everything]
            + files.playlists.enumerated().map { index, path in
                let list = PlaylistFile(path)
                return FolderPlaylist(
                    id: index + 2, title: list.title, songs: list.paths.compactMap { ids[Array($0.utf8)] })
            }
    }
}
