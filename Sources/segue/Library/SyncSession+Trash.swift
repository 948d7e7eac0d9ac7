import Catalogue
import DriverKit
import Files
import PipelineFiles
import Processes
import Wire

extension SyncSession {
    /// Moves tracks back from the trash that are in the lists again; false if a signal asks to stop.
    func bringBack() throws(Failure) -> Bool {
        guard let stage = stages.first(where: { $0.has(.rows) }),
            try !Catalogue(library: library, readOnly: true).trashed().isEmpty
        else { return true }
        let inquiry = try inquire(stage)
        guard inquiry.isWhole else { return false }
        let catalogue = try Catalogue(library: library)
        let trash = Trash(library: catalogue.library)
        for track in try returning(inquiry) where try trash.putBack(track) {
            try catalogue.change(now: Mirror.now) { change throws(Failure) in try change.restore(track.id) }
            put("back", track.id)
        }
        for track in try catalogue.trashed() where !trash.isThere(track) {
            try catalogue.change(now: Mirror.now) { change throws(Failure) in try change.forget(trashed: track.id) }
        }
        return true
    }

    /// Tracks in the trash that the lists hold again and that can return.
    func returning(_ inquiry: Inquiry) throws(Failure) -> [TrashedTrack] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        let (trash, wanted) = (Trash(library: catalogue.library), Set(inquiry.lists.values.flatMap(\.tracks)))
        var returning: [TrashedTrack] = []
        for track in try catalogue.trashed() where wanted.contains(track.id) && trash.holds(track) {
            if try catalogue.track(id: track.id) == nil { returning.append(track) }
        }
        return returning
    }

    /// Asks a stage for the lists, and nothing else.
    func inquire(_ stage: FoundStage) throws(Failure) -> Inquiry {
        let command = stage.command(with: stage.listsRows ? [] : ["--rows"])
        let pipe = try PlainPipe(
            [(try Executable(command), stage.jail(asking: requests.map(\.record)))],
            environment: pipeline.askingEnvironment)
        let catalogue = try Catalogue(library: library, readOnly: true)
        var (inquiry, failure) = (Inquiry(), nil as Failure?)
        inquiry.isWhole = try pipe.run(requests.map(\.record), try Signals()) { line in
            guard case .text(let text) = line, let record = try? Record(line: text) else { return }
            do throws(Failure) {
                inquiry.add(try catalogue.known(record))
            } catch {
                failure = error
            }
        }
        // A track whose id in the library could not be looked up would look as if it had left the list.
        if let failure { throw failure }
        return inquiry
    }
}
