import Catalogue
import Files
import Glibc
import Wire

/// Where the files of tracks go that no list wants any more, and come back from.
struct Trash {
    /// The library's folder, with links resolved.
    private let library: String
    private let aside: Aside

    init(library: String) { (self.library, aside) = (library, Aside(library: library, folder: Aside.trash)) }

    /// Puts a track's file aside with its lyrics, and what belongs to its folder when it was the last there, durably; what
    /// went is the answer, nothing when there is no file.
    func move(_ track: CataloguedTrack) throws(Failure) -> [TrashedFile] {
        var place = try aside.take(track.path)
        // It may have gone there before a crash, and not have been booked.
        if place == nil { place = try aside.find(track.path, bytes: track.bytes, sha256: track.sha256) }
        guard let place else { return [] }
        var files = [TrashedFile(path: track.path, place: place)]
        try move([lyrics(of: track.path)], &files)
        try clear(folder(of: track.path), &files)
        return files
    }

    /// Whether a track's file is there at all.
    func isThere(_ track: TrashedTrack) -> Bool {
        track.files.first.flatMap { fileSize("\(library)/\($0.place)") } != nil
    }

    /// Whether a track can come back: its file is as it was, and its name free.
    func holds(_ track: TrashedTrack) -> Bool {
        guard let audio = track.files.first, lies("\(library)/\(folder(of: audio.path))", within: library) else {
            return false
        }
        var status = stat()
        return fileSize("\(library)/\(audio.place)") == track.bytes
            && lstat("\(library)/\(audio.path)", &status) != 0
    }

    /// Puts a track's files where they were, durably; false when its name is taken by now, or its bytes are others.
    func putBack(_ track: TrashedTrack) throws(Failure) -> Bool {
        guard holds(track), let audio = track.files.first,
            try digest(ofFile: "\(library)/\(audio.place)").sha256 == track.sha256
        else { return false }
        try makeFolder("\(library)/\(folder(of: audio.path))")
        guard try moveFile("\(library)/\(audio.place)", to: "\(library)/\(audio.path)") else { return false }
        // A cover that is there by now stays, and so do lyrics.
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

    /// Takes a folder away in which only what belongs to an album is left, and those above it that are empty then.
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
