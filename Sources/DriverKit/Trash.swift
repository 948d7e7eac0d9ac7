import Catalogue
import Files
import Glibc
import Wire

/// The folder for files of tracks that are in no list any more, from which they can return.
package struct Trash {
    /// The library's folder, with links resolved.
    private let library: String
    private let aside: Aside

    package init(library: String) { (self.library, aside) = (library, Aside(library: library, folder: Aside.trash)) }

    /// Durably moves a track's file into the trash, with its lyrics, and with the cover if it was the folder's last.
    ///
    /// Returns what was moved; nothing if there is no file. `others` are the tracks that are booked as being there.
    func move(_ track: CataloguedTrack, beside others: [TrashedTrack]) throws(Failure) -> [TrashedFile] {
        if let place = try aside.take(track.path) { return try follow(TrashedFile(path: track.path, place: place)) }
        // It may have been moved before a crash, and not have been booked.
        guard let place = try aside.find(track.path, bytes: track.bytes, sha256: track.sha256) else { return [] }
        let booked = Set(others.flatMap(\.files).map { Array($0.place.utf8) })
        let followed = companions(of: track.path).filter { fileSize("\(library)/\($0)") == nil }.compactMap { path in
            aside.latest(path).map { TrashedFile(path: path, place: $0) }
        }
        let files = try follow(TrashedFile(path: track.path, place: place))
        return files + followed.filter { !booked.contains(Array($0.place.utf8)) }
    }

    /// Moves what goes along with a track's file, which comes first in the result.
    private func follow(_ audio: TrashedFile) throws(Failure) -> [TrashedFile] {
        var files = [audio]
        try move([lyrics(of: audio.path)], &files)
        try clear(folder(of: audio.path), &files)
        return files
    }

    /// Whether a track's file is still in the trash.
    package func isThere(_ track: TrashedTrack) -> Bool {
        track.files.first.flatMap { fileSize("\(library)/\($0.place)") } != nil
    }

    /// Whether a track can return: its file has the same length, and its name is free.
    package func holds(_ track: TrashedTrack) -> Bool {
        guard let audio = track.files.first, lies("\(library)/\(folder(of: audio.path))", within: library) else {
            return false
        }
        var status = stat()
        return fileSize("\(library)/\(audio.place)") == track.bytes
            && lstat("\(library)/\(audio.path)", &status) != 0
    }

    /// Durably moves a track's files back; false if its name is taken by now, or its bytes have changed.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    package func putBack(_ track: TrashedTrack) throws(Failure) -> Bool {
        guard holds(track), let audio = track.files.first,
            try digest(ofFile: "\(library)/\(audio.place)").sha256 == track.sha256
        else { return false }
        try makeFolder("\(library)/\(folder(of: audio.path))", in: library)
        // A cover or lyrics that exist there by now stay. The audio comes last: only while it is in the trash can this be done again.
        for file in track.files.dropFirst() where fileSize("\(library)/\(file.place)") != nil {
            _ = try moveFile("\(library)/\(file.place)", to: "\(library)/\(file.path)")
        }
        return try moveFile("\(library)/\(audio.place)", to: "\(library)/\(audio.path)")
    }

    private func move(_ paths: [String], _ files: inout [TrashedFile]) throws(Failure) {
        for path in paths {
            if let place = try aside.take(path) { files.append(TrashedFile(path: path, place: place)) }
        }
    }

    /// Removes a folder in which only an album's cover and marker are left, and its parents if they are empty then.
    private func clear(_ folder: String, _ files: inout [TrashedFile]) throws(Failure) {
        guard folder != "." else { return }
        let names = names(in: "\(library)/\(folder)")
        guard names.allSatisfy(Self.ofAlbum.contains) else { return }
        try move(names.map { "\(folder)/\($0)" }, &files)
        if rmdir("\(library)/\(folder)") == 0 { try clear(Files.folder(of: folder), &files) }
    }

    /// What an album's folder has beside audio.
    private static let ofAlbum = ["cover.jpg", "cover.png", ".segue-album"]

    private func companions(of path: String) -> [String] {
        [lyrics(of: path)] + Self.ofAlbum.map { "\(folder(of: path))/\($0)" }
    }

    private func lyrics(of path: String) -> String {
        (path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? path) + ".lrc"
    }
}
