import Files
import Glibc
import Tags
import Wire

/// Puts files into albums and gives everything its number.
struct Sorting {
    private struct Draft {
        var title: String
        var folder: String
        /// What the files name as the album's artist, or nil where they name none.
        var artist: String?
        var songs: [Int] = []
    }

    private var songs: [FolderTrack] = []
    private var drafts: [Draft] = []
    private var draftsByKey: [[UInt8]: Int] = [:]
    private var artists: [String] = []
    private var artistsByName: [[UInt8]: Int] = [:]

    /// Adds the next file in order; one that is not a regular file is left out.
    mutating func add(_ path: String, below root: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let format = Self.format(of: path)
        var tags = (try? AudioTags.read(path, format)) ?? Track()
        let album = draft(for: tags, path, root)
        complete(&tags, path, album: album, root)
        let artist = artist(tags.artists.first ?? "")
        let song = FolderTrack(
            id: songs.count + 1, path: path, format: format, bytes: Int(status.st_size),
            writtenAt: status.st_mtim.tv_sec, album: album + 1, artist: artist, tags: tags)
        songs.append(song)
        drafts[album].songs.append(song.id)
    }

    mutating func result() -> (songs: [FolderTrack], albums: [FolderAlbum], artists: [String]) {
        var albums: [FolderAlbum] = []
        for draft in drafts {
            let artist = artist(of: draft)
            albums.append(
                FolderAlbum(
                    id: albums.count + 1, title: draft.title, artist: artist,
                    songs: draft.songs.sorted { isBefore($0, $1) },
                    releaseDate: draft.songs.compactMap { songs[$0 - 1].tags.releaseDate }.first,
                    cover: MusicFolder.cover(in: draft.folder)))
        }
        return (songs, albums, artists)
    }

    /// What the first bytes say, where they contradict the name.
    private static func format(of path: String) -> Format {
        var head = [UInt8](repeating: 0, count: 64)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        head.removeLast(head.count - max(0, read(descriptor, &head, head.count)))
        let named = Format(rawValue: pathExtension(path)) ?? .mp3
        return Magic.matches(head, named) ? named : Magic.format(of: head) ?? named
    }

    /// One album is what has one title and one album artist, or, where none is named, lies in one folder.
    private mutating func draft(for tags: Track, _ path: String, _ root: String) -> Int {
        let place = folder(of: path)
        let title = tags.album ?? (place == absolute(root) ? "Unknown Album" : lastPart(of: place))
        let key = Array("\(title)\0\(tags.albumArtist ?? "\0" + place)".utf8)
        if let known = draftsByKey[key] { return known }
        draftsByKey[key] = drafts.count
        drafts.append(Draft(title: title, folder: place, artist: tags.albumArtist))
        return drafts.count - 1
    }

    /// Fills in what a catalog always tells: path and position stand in for tags.
    private func complete(_ tags: inout Track, _ path: String, album: Int, _ root: String) {
        let above = folder(of: folder(of: path))
        let isBelowRoot = above.utf8.count > absolute(root).utf8.count
        tags.title = tags.title ?? stem(path)
        if tags.artists.isEmpty { tags.artists = [isBelowRoot ? lastPart(of: above) : "Unknown Artist"] }
        tags.trackNumber = tags.trackNumber ?? drafts[album].songs.count + 1
        tags.discNumber = tags.discNumber ?? 1
    }

    private mutating func artist(of draft: Draft) -> Int {
        if let named = draft.artist { return artist(named) }
        let all = Set(draft.songs.map { songs[$0 - 1].artist })
        return all.count == 1 ? all.reduce(0, +) : artist("Various Artists")
    }

    private mutating func artist(_ name: String) -> Int {
        let key = Array(name.utf8)
        if let known = artistsByName[key] { return known }
        artists.append(name)
        artistsByName[key] = artists.count
        return artists.count
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        let (a, b) = (songs[one - 1].tags, songs[other - 1].tags)
        return (a.discNumber ?? 1, a.trackNumber ?? 0, one) < (b.discNumber ?? 1, b.trackNumber ?? 0, other)
    }
}
