import Catalogue
import Files
import Naming
import StageKit
import Wire

/// One run over a catalogue: lines that are there at once are booked in one transaction, which is durable before the first
/// of them is answered. A line that cannot be booked takes nothing from the others.
final class RecordSession {
    let channels: Channels
    let catalogue: Catalogue
    private let transaction: Transaction
    /// Nil for a session that books nothing.
    private let root: LibraryRoot?
    let library: LibraryPaths
    let playlists: PlaylistFolder
    var sweep: Sweep?
    private var booked = 0
    var skipped = 0

    init(
        _ catalogue: Catalogue, in root: LibraryRoot?, _ layout: Layout?, _ template: Template, _ channels: Channels,
        sweeps: Bool
    ) {
        (self.catalogue, self.root, self.channels) = (catalogue, root, channels)
        transaction = Transaction(catalogue)
        library = LibraryPaths(path: catalogue.library)
        let links = PlaylistLinks(library: catalogue.library, layout: layout, template: template)
        playlists = PlaylistFolder(library: catalogue.library, links)
        sweep = sweeps ? Sweep() : nil
    }

    func book(track told: Record) throws(Failure) -> StageAnswer {
        try refuseNUL(in: told)
        guard let placed = try told.placed else {
            throw .config("not_placed", "the record has no file in the library; put place before record")
        }
        try root?.check()
        let (time, modified, twin) = try change { change throws(Failure) -> (String, Int?, CataloguedTrack?) in
            let record = try change.recognised(told)
            let track = try catalogued(record, placed)
            if let twin = try join(record, track, in: change) { return ("", nil, twin) }
            try refuseDamage(of: track, in: change)
            try change.keep(membershipOf: record)
            try change.solve(record.id)
            let time = try change.keep(track)
            try playlists.rewrite(with: record.id, in: change)
            return (time, track.modified, nil)
        }
        if let twin { return drop(told, placed, for: twin) }
        var answer = told
        answer.edit("recorded") { section in
            section["at"] = .string(time)
            section["modified_ns"] = modified.map { .string("\($0)") }
        }
        return .settled { [answer] in
            self.booked += 1
            self.sweep?.remove(told, keeping: placed.path)
            return answer
        }
    }

    func book(skip told: Record) throws(Failure) -> StageAnswer {
        try refuseNUL(in: told)
        try change { change throws(Failure) in
            let record = try skipped(told, in: change)
            let found = trackInside(record)
            try change.keep(membershipOf: record)
            let booked = try change.track(record.id)
            if let found, booked.map({ !library.holds($0) }) ?? true {
                guard try !change.isTaken(found) else {
                    throw .stale("taken", "\(found.path) belongs to another track by now")
                }
                _ = try change.keep(booked?.with(fileOf: found) ?? found)
                try change.adopt(found)
            }
            if booked != nil || found != nil { try change.solve(record.id) }
            try playlists.rewrite(with: record.id, in: change)
        }
        return .settled {
            self.skipped += 1
            if let inner = told.carried { self.sweep?.remove(inner, keeping: try? inner.placed?.path) }
            return told
        }
    }

    /// A line that could not be read has nothing to retry, so it is only counted.
    func book(error told: Record) throws(Failure) -> StageAnswer {
        sweep?.keepArtwork(of: told)
        // The file would pass as valid when the track is fetched again.
        if told["class"]?.string == Failure.Class.stale.rawValue, let inner = told.carried {
            sweep?.remove(inner, keeping: try? inner.placed?.path)
        }
        guard !told.isUnreadableLine, !told.holdsNUL else { return .unchanged }
        try change { change throws(Failure) in
            let record = try change.recognised(told)
            try change.keep(membershipOf: record)
            try change.keep(CataloguedFailure(record))
            try playlists.rewrite(with: record.id, in: change)
        }
        return .settled { told }
    }

    func book(done record: Record) throws(Failure) -> StageAnswer {
        try refuseNUL(in: record)
        let collection = try record.section("collection").map { section throws(Failure) in
            try CollectionSummary(section)
        }
        let (n, total) = (record["n"]?.integer, record["total"]?.integer)
        let (row, isRenamed) = try change { change throws(Failure) in
            let known = try change.collection(record.id)
            var row = known ?? CataloguedCollection(id: record.id, type: record.typeInID)
            row.update(from: collection, n: n, total: total)
            let isNamed = row.playlist != nil && sameBytes(row.title, known?.title)
            let isRenamed = row.type == "playlist" && !isNamed
            if isRenamed { try playlists.name(&row, in: change) }
            try change.keep(row)
            return (row, isRenamed)
        }
        // A name is durable before its file is there.
        if isRenamed { try transaction.commit() }
        try change { change throws(Failure) in
            // The list was read to its end; places that were announced but not listed may be filled later.
            if let n { try change.forgetMembers(of: row.id, after: max(n, total ?? 0)) }
            try change.solve(row.id)
            if row.playlist != nil { try playlists.write(row, in: change) }
            try change.finish(row.id)
        }
        return .settled { record }
    }

    /// Makes durable what was booked since the last time, or nothing of it.
    func settle() throws(Failure) { try transaction.end() }

    func emitFailures() throws(Failure) {
        let lost = try catalogue.eachOpenFailure { record throws(Failure) in
            if channels.isStopping { throw .stopped }
            channels.emit(record)
        }
        if lost > 0 { channels.note("\(lost) failed without a record to start from") }
    }

    func emitTracks() throws(Failure) {
        try catalogue.eachTrack { record throws(Failure) in
            if channels.isStopping { throw .stopped }
            channels.emit(record)
        }
    }

    /// After the last line: sweeps shared files, and writes a summary.
    func close() {
        sweep?.removeLeavings()
        if !channels.isStopping { sweep?.removeArtwork() }
        channels.note("\(booked) in the library, \(skipped) skipped, \(channels.errorsWritten) failed")
    }

    @discardableResult
    private func change<Result>(_ body: (Change) throws(Failure) -> Result) throws(Failure) -> Result {
        try root?.check()
        return try transaction.change(now: timestamp(), body)
    }

    private func catalogued(_ record: Record, _ placed: Placed) throws(Failure) -> CataloguedTrack {
        let file = try library.file(placed)
        return try CataloguedTrack(record, placed: placed, path: file.path, modified: file.modified)
    }

    /// Refuses a file that is not as it was booked, though it was not written since: it is damaged, not edited.
    private func refuseDamage(of track: CataloguedTrack, in change: Change) throws(Failure) {
        guard let booked = try change.file(track.id), let modified = track.modified,
            booked.path.utf8.elementsEqual(track.path.utf8),
            booked.bytes != track.bytes || booked.sha256 != track.sha256
        else { return }
        let status = FileStatus(bytes: track.bytes, modified: modified)
        guard !status.isWritten(since: booked.booking) else { return }
        throw .permanent(
            "damaged",
            "\(library.path)/\(track.path) is not as it was booked, though it was not written since; "
                + "segue verify --repair puts it aside, so that it is fetched again")
    }

    private func refuseNUL(in record: Record) throws(Failure) {
        if record.holdsNUL { throw .permanent("bad_id", "the id of the item or of its parent holds a NUL") }
    }

    /// The finished file that a skip names, if it is valid.
    private func trackInside(_ skip: Record) -> CataloguedTrack? {
        guard let inner = skip.carried, inner.id.utf8.elementsEqual(skip.id.utf8) else { return nil }
        do throws(Failure) {
            return try inner.placed.map { placed throws(Failure) in try catalogued(inner, placed) }
        } catch {
            channels.note("\(skip.id) was skipped, but \(error.message)")
            return nil
        }
    }
}
