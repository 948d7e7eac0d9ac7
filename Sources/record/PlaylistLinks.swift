import ArgumentParser
import Catalogue
import Files
import Glibc
import Naming
import Wire

/// The folders of playlists, which hold each track's file under a second name, in the playlist's order.
///
/// These are hard links where the file system has them, else copies that share their blocks, else full copies.
struct PlaylistLinks {
    /// The library's folder, with links resolved.
    let library: String
    /// Nil to keep each playlist's layout.
    let layout: Layout?
    let template: Template

    static let standard = "%position% - %artist% - %title%"

    /// Updates the folder for one track, or for all.
    func update(_ collection: CataloguedCollection, only track: String?, in change: Change) throws(Failure) {
        guard let playlist = collection.playlist else { return }
        var old = try change.links(of: collection.id)
        if layout == .albums || (layout == nil && old.isEmpty) { return try remove(old, of: collection, in: change) }
        let folder = String(
            decoding: "\(PlaylistFolder.name)/\(playlist)".utf8.dropLast(".m3u8".utf8.count), as: UTF8.self)
        try change.eachMember(of: collection.id, only: track) { seq, member throws(Failure) in
            let link = old.removeValue(forKey: seq)
            if layout == nil {
                guard let link else { return }
                return try update(link, seq, member, withoutExtension(link.path), of: collection, in: change)
            }
            let stem = try stem(of: member, seq, title: PlaylistFolder.title(of: collection))
            try update(link, seq, member, "\(folder)/\(stem)", of: collection, in: change)
        }
        if track == nil { try remove(old, of: collection, in: change) }
    }

    /// Updates one name if it is out of date.
    private func update(
        _ link: CataloguedLink?, _ seq: Int, _ member: CataloguedTrack, _ stem: String,
        of collection: CataloguedCollection, in change: Change
    ) throws(Failure) {
        if let link {
            if isOne(link.path, of: stem, member), isCurrent(link, of: member) {
                if link.sha256 == member.sha256 { return }
                let same = CataloguedLink(seq: seq, path: link.path, sha256: member.sha256)
                return try change.keep(same, of: collection.id)
            }
            try remove([seq: link], of: collection, in: change)
        }
        guard fileSize("\(library)/\(member.path)") == member.bytes else { return }
        let path = try make(member, stem)
        try change.keep(CataloguedLink(seq: seq, path: path, sha256: member.sha256), of: collection.id)
    }

    /// Whether a name has the track's file, or a copy of it as it is booked.
    private func isCurrent(_ link: CataloguedLink, of member: CataloguedTrack) -> Bool {
        var (one, other) = (stat(), stat())
        guard lstat("\(library)/\(link.path)", &one) == 0 else { return false }
        if lstat("\(library)/\(member.path)", &other) == 0, one.isFile(of: other) { return true }
        return link.sha256 == member.sha256 && one.st_mode & S_IFMT == S_IFREG && Int(one.st_size) == member.bytes
    }

    private func isOne(_ path: String, of stem: String, _ member: CataloguedTrack) -> Bool {
        folder(of: path).utf8.elementsEqual(folder(of: stem).utf8)
            && FileName.isNumbered(lastPart(of: path), lastPart(of: stem), extension: member.format.rawValue)
    }

    /// Gives a file a further name, the first free one, and returns it.
    private func make(_ member: CataloguedTrack, _ stem: String) throws(Failure) -> String {
        let file = "\(library)/\(member.path)"
        try refuseLink("\(library)/\(folder(of: stem))", outOf: library)
        try makeFolder("\(library)/\(folder(of: stem))", in: library)
        for number in 1...9999 {
            let name = FileName.numbered(lastPart(of: stem), number, extension: member.format.rawValue)
            let path = "\(folder(of: stem))/\(name)"
            if Glibc.link(file, "\(library)/\(path)") == 0 {
                try synchroniseFolder(of: "\(library)/\(path)")
                return path
            }
            // An empty file may be left from a crash while this name was claimed.
            if errno != EEXIST || fileSize("\(library)/\(path)") == 0 {
                if try copy(file, to: "\(library)/\(path)") { return path } else { continue }
            }
            // A crash left this one before it was booked.
            if try isSame(file, "\(library)/\(path)", member) { return path }
        }
        throw .permanent("name_taken", "all names like \(stem) are taken by other files")
    }

    /// False if the name is taken.
    private func copy(_ file: String, to path: String) throws(Failure) -> Bool {
        let part = try PartialFile(
            at: "\(folder(of: path))/.segue-\(SHA256.of(path).prefix(16)).part", keeping: false)
        do throws(Failure) {
            try part.copy(from: file) { false }
            if try part.rename(ifFree: path) { return true }
        } catch {
            part.discard()
            throw error
        }
        part.discard()
        return false
    }

    private func isSame(_ file: String, _ path: String, _ member: CataloguedTrack) throws(Failure) -> Bool {
        var (one, other) = (stat(), stat())
        guard lstat(file, &one) == 0, lstat(path, &other) == 0, other.st_mode & S_IFMT == S_IFREG else { return false }
        if one.isFile(of: other) { return true }
        guard other.st_size == member.bytes else { return false }
        return try digest(ofFile: path).sha256 == member.sha256
    }

    /// Removes names that were made here, and folders that are empty then. What somebody put in the place of one stays.
    private func remove(
        _ links: [Int: CataloguedLink], of collection: CataloguedCollection, in change: Change
    ) throws(Failure) {
        for (seq, link) in links {
            try refuseLink("\(library)/\(folder(of: link.path))", outOf: library)
            if try isOwn(link) { unlink("\(library)/\(link.path)") }
            var folder = folder(of: link.path)
            while folder.utf8.count > PlaylistFolder.name.utf8.count, rmdir("\(library)/\(folder)") == 0 {
                folder = Files.folder(of: folder)
            }
            try change.forgetLink(of: collection.id, at: seq)
        }
    }

    /// Whether nothing is lost with a name: its file has others, or is as it was when the name was made.
    private func isOwn(_ link: CataloguedLink) throws(Failure) -> Bool {
        var status = stat()
        guard lstat("\(library)/\(link.path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        if status.st_nlink > 1 { return true }
        return try digest(ofFile: "\(library)/\(link.path)").sha256 == link.sha256
    }

    /// A track's path in the playlist's folder, without the extension.
    private func stem(of member: CataloguedTrack, _ seq: Int, title: String) throws(Failure) -> String {
        let section = member.section.flatMap { try? JSON(parsing: Array($0.utf8)).object }
        let track = try section.map { object throws(Failure) in try Track(Section("track", object)) }
        let values = FieldValues(
            id: member.id, track: track ?? Track(), format: member.format, quality: member.quality, playlist: title,
            position: seq)
        let parts = template.path(values).parts
        let room = ".\(member.format.rawValue) (9999)".utf8.count
        return (parts.dropLast().map { FileName.segment($0) } + [FileName.segment(parts.last ?? "", reserving: room)])
            .joined(separator: "/")
    }
}

extension stat {
    /// Whether both are names of one file.
    fileprivate func isFile(of other: stat) -> Bool { st_ino == other.st_ino && st_dev == other.st_dev }
}

private func withoutExtension(_ path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[..<$0]) } ?? path
}

/// The layout of playlists in a library.
enum Layout: String, ExpressibleByArgument, CaseIterable {
    /// A file that names the tracks in their album folders.
    case albums
    /// Also a folder for each playlist, with links to its tracks, named in its order.
    case playlists
}
