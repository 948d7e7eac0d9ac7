import Files
import Glibc
import Naming
import Tags
import Wire

/// Moves files of the library to new names, with the files beside them.
final class MoveSession {
    let placement: PlaceSession
    private let leftovers: Leftovers
    /// The names that it gave, by their hashes: what has one of them is not the file that was booked there before.
    private var given: Set<Int> = []
    private var library: LibraryFolder { placement.library }

    init(placement: PlaceSession) {
        self.placement = placement
        leftovers = Leftovers(root: placement.library.root, channels: placement.channels)
    }

    /// The record with its file at the path of the template; nil if it is there already.
    func move(_ record: Record) throws(Failure) -> Record? {
        let shelved = try Shelved(record, in: library)
        let old = shelved.placed.path
        let target = try placement.claimTarget(
            placement.scheme.path(of: record, shelved.values(record)), shelved.placed.format, try record.track)
        try placement.arrivals.pending.synchronise()
        let isThere = shelved.isThere && !given.contains(old.utf8Hash)
        if isThere, target.isNamed(old) {
            try placement.check(shelved, of: record.id)
            return nil
        }
        let placed: Placed
        do throws(Failure) {
            placed = isThere ? try move(shelved, record.id, to: target) : try find(shelved, at: target)
        } catch {
            leftovers.abandon(target)
            throw error
        }
        given.insert(placed.path.utf8Hash)
        carryLyrics(from: old, to: placed.path)
        leftovers.clear(folder(of: old), after: placed, to: target)
        return record.with(placed: placed, from: old)
    }

    private func move(_ shelved: Shelved, _ id: String, to target: LibraryTarget) throws(Failure) -> Placed {
        var placed = try placement.current(shelved, of: id)
        try placement.arrivals.pending.makeFolder(target.folder, in: library.root)
        try placement.arrivals.pending.synchronise()
        placed.path = try target.settle(shelved.placed.path, beside: placement.names)
        return placed
    }

    /// The file's new place, where it was moved but the catalogue was not updated.
    private func find(_ shelved: Shelved, at target: LibraryTarget) throws(Failure) -> Placed {
        var placed = shelved.placed
        guard let path = try target.path(ofFile: placed.bytes, placed.sha256) else {
            throw .permanent("no_file", "there is no file at \(placed.path); see segue verify")
        }
        placed.path = path
        return placed
    }

    /// Moves the files beside the audio, which has moved already: an error here is noted, and does not fail the track.
    private func carryLyrics(from old: String, to new: String) {
        let lyrics = lyricsPath(beside: old)
        guard fileSize(lyrics) != nil else { return }
        do throws(Failure) {
            if try moveFile(lyrics, to: lyricsPath(beside: new)) { return }
            placement.channels.note("left behind \(lyrics): \(lyricsPath(beside: new)) is there already")
        } catch {
            placement.channels.note("left behind \(lyrics): \(error.message)")
        }
    }

    /// The same as a dry run.
    func plan(_ record: Record, _ planning: PlanSession) throws(Failure) -> Record? {
        let shelved = try Shelved(record, in: library)
        let path = placement.scheme.path(of: record, try shelved.values(record))
        let target = try planning.target(path, shelved.placed.format, try record.track ?? Track())
        let old = shelved.placed.path
        if shelved.isThere, target.isNamed(old) {
            try placement.check(shelved, of: record.id)
            return nil
        }
        var placed = shelved.placed
        if shelved.isThere {
            try placement.check(shelved, of: record.id)
            try shelved.refuseDamage()
        } else {
            placed = try find(shelved, at: target)
        }
        placed.path = target.path(1)
        return record.with(placed: placed, from: old)
    }
}

extension Shelved {
    /// The fields for its name, from the record or else from the file's own tags.
    func values(_ record: Record) throws(Failure) -> FieldValues {
        let known = try record.track
        let track = if let known { known } else { try AudioTags.read(placed.path, placed.format) }
        return FieldValues(id: record.id, track: track, format: placed.format, quality: placed.quality)
    }
}
