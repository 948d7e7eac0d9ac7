import Catalogue
import Files
import StageKit
import Wire

extension RecordSession {
    /// Compares a new file with those of other sources' tracks. Returns the track whose file was there first, if the new one
    /// was only wanted once; one whose file is gone is the same recording as the new track from now on.
    func join(_ record: Record, _ track: CataloguedTrack, in change: Change) throws(Failure) -> CataloguedTrack? {
        // What was booked as a track of its own stays one.
        let isKnown = try change.track(record.id) != nil
        let twins = record.isOnlyOnce && !isKnown ? try change.twins(of: track).map(\.track) : []
        try change.forget(twin: record.id)
        for twin in twins {
            switch try change.isThere(twin, newcomer: track.path) {
            case true?:
                try change.keep(twin: record.id, of: twin.id)
                try change.keep(membershipOf: record.known(as: twin.id))
                try change.solve(record.id)
                try playlists.rewrite(with: twin.id, in: change)
                return twin
            case false?: try change.keep(twin: twin.id, of: record.id)
            case nil: continue
            }
        }
        return nil
    }

    /// Moves a file that was only wanted once to the trash, once that is settled, and answers with the one that was there first.
    func drop(_ told: Record, _ placed: Placed, for twin: CataloguedTrack) -> StageAnswer {
        .settled { () throws(Failure) in
            var kept = twin.placed(in: self.catalogue.library)
            kept.sameAs = twin.id
            let path = try self.library.file(placed).path
            if !path.utf8.elementsEqual(twin.path.utf8) {
                let place = try Aside(library: self.library.path, folder: Aside.trash).take(path)
                self.channels.note(
                    "\(told.id) is the same recording as \(twin.id), which came first: its file is in \(place ?? "the trash")"
                )
            }
            self.skipped += 1
            self.sweep?.remove(told, keeping: placed.path)
            var answer = told
            answer.edit("placed") { kept.write(to: &$0) }
            return .skip(answer, why: "the same recording as \(twin.id)")
        }
    }

    /// The record of a skip under the id of the track whose file it names: its own, or another one's of the same recording.
    func skipped(_ told: Record, in change: Change) throws(Failure) -> Record {
        let record = try change.recognised(told)
        guard let other = try? record.carried?.placed?.sameAs, !other.utf8.elementsEqual(record.id.utf8) else {
            return record
        }
        guard let twin = try change.track(other) else {
            throw .stale("taken", "\(other), of which \(record.id) is the same recording, is in the library no more")
        }
        if let own = try change.track(record.id), try change.isThere(own) != false { return record }
        try change.keep(twin: record.id, of: twin.id)
        try change.solve(record.id)
        return record.known(as: twin.id)
    }
}
