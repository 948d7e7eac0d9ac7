import Catalogue
import Files
import Glibc
import Wire

/// The library's playlist files: one for each finished playlist, which keeps its name.
struct PlaylistFolder {
    static let name = "Playlists"
    private let library: String
    private let path: String
    private let links: PlaylistLinks

    init(library: String, _ links: PlaylistLinks) {
        (self.library, path, self.links) = (library, "\(library)/\(Self.name)", links)
    }

    /// Gives a playlist the first free name made from its title.
    ///
    /// Committed before the file is written, so that the file is known to be its own after a crash.
    func name(_ collection: inout CataloguedCollection, in change: Change) throws(Failure) {
        var number = 1
        while true {
            let name = Self.fileName(of: collection, number: number)
            if let own = collection.playlist, own.utf8.elementsEqual(name.utf8) { return }
            if try isFree(name, for: collection, in: change) { return try rename(&collection, to: name) }
            number += 1
        }
    }

    /// Writes a playlist's file, atomically and only if it differs, and removes its earlier one.
    ///
    /// `since` names the only track that has changed. Done before the change is committed: after a crash it is done again, so
    /// that no file stays out of date.
    func write(
        _ collection: CataloguedCollection, since track: String? = nil, in change: Change
    ) throws(Failure) {
        guard let name = collection.playlist else { return }
        try refuseLink(path, outOf: library)
        try links.update(collection, only: track, in: change)
        let entries = try change.entries(of: collection.id)
        let text = PlaylistText(Playlist(title: Self.title(of: collection), entries: entries))
        if !holds("\(path)/\(name)", text.bytes) { try replace(name, with: text.bytes, id: collection.id) }
        if let former = collection.formerPlaylist { try remove(former) }
    }

    /// Writes the file of every finished playlist that contains a track whose state has just changed.
    func rewrite(with track: String, in change: Change) throws(Failure) {
        if change.isEmpty { return }
        for collection in try change.playlists(with: track) { try write(collection, since: track, in: change) }
    }

    private func isFree(
        _ name: String, for collection: CataloguedCollection, in change: Change
    ) throws(Failure) -> Bool {
        if let former = collection.formerPlaylist, former.utf8.elementsEqual(name.utf8) { return true }
        var status = stat()
        return try !change.isTaken(playlist: name, by: collection.id) && lstat("\(path)/\(name)", &status) != 0
    }

    private func rename(_ collection: inout CataloguedCollection, to name: String) throws(Failure) {
        if let former = collection.formerPlaylist, !former.utf8.elementsEqual(name.utf8) { try remove(former) }
        (collection.formerPlaylist, collection.playlist) = (collection.playlist, name)
    }

    private func replace(_ name: String, with text: [UInt8], id: String) throws(Failure) {
        let file = try PartialFile(at: "\(path)/.segue-\(SHA256.of(id).prefix(16)).part", keeping: false)
        do throws(Failure) {
            try file.write(text)
            try file.rename(to: "\(path)/\(name)")
        } catch {
            file.discard()
            throw error
        }
    }

    private func remove(_ name: String) throws(Failure) {
        if unlink("\(path)/\(name)") != 0 && errno != ENOENT { throw fileFailure("cannot remove \(path)/\(name)") }
    }

    private func holds(_ path: String, _ text: [UInt8]) -> Bool {
        fileSize(path) == text.count && contents(of: path, atMost: text.count) == text
    }

    static func title(of collection: CataloguedCollection) -> String {
        if let title = collection.title, !title.isEmpty { return title }
        let start = collection.id.utf8.lastIndex(of: UInt8(ascii: ":")).map { collection.id.utf8.index(after: $0) }
        return String(collection.id[(start ?? collection.id.startIndex)...])
    }

    private static func fileName(of collection: CataloguedCollection, number: Int) -> String {
        let ending = (number > 1 ? " (\(number))" : "") + ".m3u8"
        return FileName.segment(title(of: collection), reserving: ending.utf8.count) + ending
    }
}

/// Throws `outside_library` when a link leads a folder out of the library.
func refuseLink(_ folder: String, outOf library: String) throws(Failure) {
    guard lies(folder, within: library) else {
        throw .permanent("outside_library", "a link leads \(folder) out of the library")
    }
}
