import Catalogue
import Files
import Naming
import StageKit
import Tags
import Wire

/// Puts one file after another into the library.
struct PlaceSession {
    let library: LibraryFolder
    let scheme: NamingScheme
    let covers: Covers
    let channels: Channels
    let names: FolderNames
    let pictures: SpooledPictures
    let arrivals: Arrivals
    private let proven = ProvenFolders()

    init(library: LibraryFolder, scheme: NamingScheme, covers: Covers, channels: Channels) {
        (self.library, self.scheme, self.covers, self.channels) = (library, scheme, covers, channels)
        (names, pictures) = (FolderNames(), SpooledPictures(channels))
        arrivals = Arrivals(in: library, covers, beside: names)
    }

    /// The record with its file in the library, once that is settled; unchanged if it is there already.
    func answer(_ record: Record) throws(Failure) -> StageAnswer {
        // From another list, or another place in one: it finds the file that its twin gets.
        if arrivals.holds(record.id) { arrivals.settle() }
        if let old = try record.placed, old.isSuperseded, fileSize(old.path) != nil {
            return try replace(old, by: record)
        }
        guard let placed = try held(record) else {
            try putAside(record)
            return try arrive(record)
        }
        guard placed.lacksArtwork, let picture = try record.file?.artwork, let artwork = try pictures.read(picture)
        else { return try record.placed == placed ? .unchanged : .record(record.with(placed: placed)) }
        try library.check()
        return .record(record.with(placed: try RetagSession(placement: self).dress(record, placed, in: artwork)))
    }

    /// The record's file in the library as it is; nil if it is not there, or damaged. Only one that lacks its cover may have been edited:
    /// any other comes as it was found a moment ago.
    private func held(_ record: Record) throws(Failure) -> Placed? {
        guard let placed = try record.placed else { return nil }
        if library.holds(placed) { return placed }
        guard placed.lacksArtwork, !Catalogue.isElsewhere,
            let known = try Catalogue(library: library.root, readOnly: true).record(of: record.id),
            case let shelved = try Shelved(known, in: library),
            try shelved.placed.path.utf8.elementsEqual(library.path(of: placed.path).utf8)
        else { return nil }
        // The edit may have been booked since.
        if library.holds(shelved.placed) { return shelved.placed }
        guard library.contains(realPath(shelved.placed.path)), !shelved.isUntouched else { return nil }
        do throws(Failure) {
            return try current(shelved, of: known.id)
        } catch  where ["damaged", "no_file"].contains(error.code) {
            return nil
        }
    }

    /// Places a better file than one that is there, which goes to the trash with the same step; one that somebody edited stays.
    private func replace(_ placed: Placed, by record: Record) throws(Failure) -> StageAnswer {
        let old = try Shelved(record, in: library)
        guard try isBooked(old) else { return try arrive(record) }
        if old.isUntouched { return try arrive(record, replacing: old) }
        if old.isDamaged {
            try putAside(record)
            return try arrive(record)
        }
        var kept = placed
        (kept.bytes, kept.sha256) = try digest(ofFile: kept.path)
        kept.isSuperseded = false
        return .record(.skip(record.with(placed: kept), why: "somebody edited the file that is there"))
    }

    private func arrive(_ told: Record, replacing old: Shelved? = nil) throws(Failure) -> StageAnswer {
        var record = told
        let arrival = try blamingRightly { () throws(Failure) in try place(&record) }
        arrival.old = old
        return .settled { [record] () throws(Failure) in
            record.with(placed: try blamingRightly { () throws(Failure) in try arrival.placed() })
        }
    }

    /// A folder in a library that can be used concerns one record only.
    private func blamingRightly<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        do throws(Failure) {
            return try body()
        } catch {
            throw library.isOpen ? error.ofOneFolder : error
        }
    }

    /// Copies and tags the record's file, whose own tags the record takes over where they say more; a failure leaves no
    /// file behind.
    private func place(_ record: inout Record) throws(Failure) -> Arrival {
        let media = try record.media
        let source = try SpooledSource(record, announced: media?.format, channels)
        if media?.hasOwnTags == true { try record.take(source.tags) }
        let described = try record.track
        let values = FieldValues(
            id: record.id, track: described ?? source.tags, format: source.format,
            quality: media?.quality(of: source.format))
        try library.check()
        let target = try provenTarget(scheme.path(of: record, values), source.format, described)
        do throws(Failure) {
            let arrival = try copy(source, of: record, media, described, to: target)
            arrivals.add(arrival)
            return arrival
        } catch {
            // So that a row of failures piles nothing up.
            arrivals.settle()
            try library.leave(target.folder)
            throw error
        }
    }

    private func copy(
        _ source: SpooledSource, of record: Record, _ media: Media?, _ track: Track?, to target: LibraryTarget
    ) throws(Failure) -> Arrival {
        let artwork = try source.picture.flatMap(pictures.read)
        let artist = try source.artistPicture.flatMap(pictures.read)
        try arrivals.pending.makeFolder(target.folder, in: library.root)
        let part = try PartialFile(at: target.temporary(id: record.id), keeping: false)
        do throws(Failure) {
            let tags = NewTags(record, track ?? Track(), source: record.id, artwork.flatMap(covers.embedded))
            let (bytes, sha256) = try source.copy(to: part, tags) { channels.mustDrop }
            let companions = try covers.companions(of: track, id: record.id, in: target, artwork, artist)
            let draft = Placed(
                path: part.path, bytes: bytes, sha256: sha256, format: source.format, duration: source.tags.duration,
                quality: media?.quality(of: source.format), wanted: media?.wanted(for: source.format),
                artwork: source.lacksArtwork ? Placed.missing : nil)
            return Arrival(record.id, part, in: target, companions, draft)
        } catch {
            part.discard()
            throw error
        }
    }

    /// Moves a damaged file that was booked for the record to the trash: its remains may be all that there is.
    private func putAside(_ record: Record) throws(Failure) {
        guard record["placed"] != nil, record["recorded"] != nil else { return }
        let shelved = try Shelved(record, in: library)
        guard shelved.isThere, shelved.isDamaged, try isBooked(shelved) else { return }
        try library.check()
        let path = library.relative(shelved.placed.path)
        if let place = try Aside(library: library.root, folder: Aside.damaged).take(path) {
            channels.note("\(record.id) was damaged: its remains are in \(place)")
        }
    }

    /// Whether the file is the library's: what a record says of one that somebody else put there moves it nowhere. In a shard
    /// no catalogue can be asked.
    private func isBooked(_ file: Shelved) throws(Failure) -> Bool {
        if Catalogue.isElsewhere { return true }
        let catalogue = try Catalogue(library: library.root, readOnly: true)
        return try catalogue.track(path: library.relative(file.placed.path))?.sha256 == file.placed.sha256.lowercased()
    }

    /// A track's file in the library as it is now, to be booked: it may have been edited.
    ///
    /// Throws what ``check(_:of:)`` throws; `damaged` if it is not as it was booked, though it was not written since.
    func current(_ file: Shelved, of id: String) throws(Failure) -> Placed {
        try check(file, of: id)
        return try file.current()
    }

    /// Throws `no_file` if a track's file is not there, or is another track's by now.
    func check(_ file: Shelved, of id: String) throws(Failure) {
        guard file.isThere else {
            throw .permanent("no_file", "there is no file at \(file.placed.path); see segue verify")
        }
        if !file.isUntouched, let owner = try owner(of: file), !owner.utf8.elementsEqual(id.utf8) {
            throw .permanent("no_file", "the file at \(file.placed.path) is of another track, \(owner)")
        }
    }

    /// The id of the track that the file is of: what its tags say, if the catalogue knows that, or else whose it is by name; nil
    /// where the catalogue does not tell.
    private func owner(of file: Shelved) throws(Failure) -> String? {
        if Catalogue.isElsewhere { return nil }
        let catalogue = try Catalogue(library: library.root, readOnly: true)
        if let source = (try? AudioTags.source(file.placed.path, file.placed.format)) ?? nil {
            let id = try catalogue.known(Record(kind: "track", id: source)).id
            if try catalogue.track(id: id) != nil { return id }
        }
        return try catalogue.track(path: library.relative(file.placed.path))?.id
    }

    /// The target of a file, in a folder that belongs to its album from now on, durably so with the next `settle`.
    func claimTarget(_ path: NamedPath, _ format: Format, _ track: Track?) throws(Failure) -> LibraryTarget {
        let edition = track.flatMap(AlbumIdentity.init)
        return library.target(path, format, in: try claimFolders(path, edition))
    }

    /// The same, in folders that were proven before, if they are still the same.
    private func provenTarget(
        _ path: NamedPath, _ format: Format, _ track: Track?
    ) throws(Failure) -> LibraryTarget {
        let edition = track.flatMap(AlbumIdentity.init)
        if let known = proven.folders(of: path, edition) { return library.target(path, format, in: known) }
        let folders = try claimFolders(path, edition)
        proven.add(folders, of: path, edition)
        return library.target(path, format, in: folders)
    }

    private func claimFolders(_ path: NamedPath, _ edition: AlbumIdentity?) throws(Failure) -> FileFolders {
        while true {
            let folders = try library.folders(of: path, edition, owner: AlbumIdentity.owner(ofFolder:))
            guard let edition, let album = folders.album else { return folders }
            // If another replica has just claimed it for another album, another folder is found.
            if try edition.claim(folder: album, in: library.root, arrivals.pending) { return folders }
        }
    }
}

extension Record {
    /// Lets a file's own tags count more than what its name told.
    fileprivate mutating func take(_ tags: Track) throws(Failure) {
        var track = tags
        if let told = try self.track { track.complete(from: told) }
        edit("track") { track.replace(in: &$0) }
    }
}
