import Catalogue
import Files
import Glibc
import Wire

/// The folder for files of tracks that are in no list any more, from which they can return.
struct Trash {
    /// The library's folder, with links resolved.
    private let library: String
    private let aside: Aside

    init(library: String) { (self.library, aside) = (library, Aside(library: library, folder: Aside.trash)) }

    /// Durably moves a track's file into the trash, with its lyrics, and with the cover if it was the folder's last.
    ///
    /// Returns what was moved; nothing if there is no file.
    func move(_ track: CataloguedTrack) throws(Failure) -> [TrashedFile] {
        var place = try aside.take(track.path)
        // It may have been moved before a crash, and not have been booked.
        if place == nil { place = try aside.find(track.path, bytes: track.bytes, sha256: track.sha256) }
        guard let place else { return [] }
        var files = [TrashedFile(path: track.path, place: place)]
        try move([lyrics(of: track.path)], &files)
        try clear(folder(of: track.path), &files)
        return files
    }

    /// Whether a track's file is still in the trash.
    func isThere(_ track: TrashedTrack) -> Bool {
        track.files.first.flatMap { fileSize("\(library)/\($0.place)") } != nil
    }

    /// Whether a track can return: its file has the same length, and its name is free.
    func holds(_ track: TrashedTrack) -> Bool {
        guard let audio = track.files.first, lies("\(library)/\(folder(of: audio.path))", within: library) else {
            return false
        }
        var status = stat()
        return fileSize("\(library)/\(audio.place)") == track.bytes
            && lstat("\(library)/\(audio.path)", &status) != 0
    }

    /// Durably moves a track's files back; false if its name is taken by now, or its bytes have changed.
    func putBack(_ track: TrashedTrack) throws(Failure) -> Bool {
        guard holds(track), let audio = track.files.first,
            try digest(ofFile: "\(library)/\(audio.place)").sha256 == track.sha256
        else { return false }
        try makeFolder("\(library)/\(folder(of: audio.path))")
        guard try moveFile("\(library)/\(audio.place)", to: "\(library)/\(audio.path)") else { return false }
        // A cover or lyrics that exist there by now stay.
        for file in track.files.dropFirst() where fileSize("\(library)/\(file.place)") != nil {
            _ = try moveFile("\(library)/\(file.place)", to: "\(library)/\(file.path)")
        }
        return true
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
        guard names.allSatisfy({ ["cover.jpg", "cover.png", ".segue-album"].contains($0) }) else { return }
        try move(names.map { "\(folder)/\($0)" }, &files)
        if rmdir("\(library)/\(folder)") == 0 { try clear(Files.folder(of: folder), &files) }
    }

    private func lyrics(of path: String) -> String {
        (path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? path) + ".lrc"
    }
}
