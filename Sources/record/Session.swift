import Catalogue
import Naming
import StageKit
import Wire

/// One run over a catalogue: every line is booked in one transaction, which is durable before the line is answered.
final class Session {
    let channels: Channels
    private let catalogue: Catalogue
    private let library: Library
    private let playlists: PlaylistFolder
    private var sweep: Sweep?
    private var booked = 0
    private var skipped = 0

    init(_ catalogue: Catalogue, _ layout: Layout?, _ template: Template, _ channels: Channels, sweeps: Bool) {
        (self.catalogue, self.channels) = (catalogue, channels)
        library = Library(path: catalogue.library)
        let links = PlaylistLinks(library: catalogue.library, layout: layout, template: template)
        playlists = PlaylistFolder(library: catalogue.library, links)
        sweep = sweeps ? Sweep() : nil
    }

    func book(track record: Record) throws(Failure) -> Answer {
        try refuseNUL(in: record)
        guard let placed = try record.placed else {
            throw .config("not_placed", "there is no file in the library to book; put place before record")
        }
        let track = try CataloguedTrack(record, placed: placed, path: try library.relativePath(of: placed))
        let time = try change { change throws(Failure) in
            try change.keep(membershipOf: record)
            try change.solve(record.id)
            let time = try change.keep(track)
            try playlists.rewrite(with: record.id, in: change)
            return time
        }
        booked += 1
        sweep?.remove(record, keeping: placed.path)
        var answer = record
        answer.edit("recorded") { $0["at"] = .string(time) }
        return .record(answer)
    }

    func book(skip record: Record) throws(Failure) -> Answer {
        try refuseNUL(in: record)
        let unbooked = trackInside(record)
        try change { change throws(Failure) in
            try change.keep(membershipOf: record)
            let isThere = try change.contains(track: record.id)
            if !isThere, let unbooked {
                _ = try change.keep(unbooked)
                try change.adopt(unbooked)
            }
            if isThere || unbooked != nil { try change.solve(record.id) }
            try playlists.rewrite(with: record.id, in: change)
        }
        skipped += 1
        if let inner = record.carried { sweep?.remove(inner, keeping: try? inner.placed?.path) }
        return .unchanged
    }

    /// A line that could not be read names nothing that can be tried again, so that it is only counted.
    func book(error record: Record) throws(Failure) -> Answer {
        sweep?.keepArtwork(of: record)
        // What is fetched anew would be found there, and taken for good.
        if record["class"]?.string == Failure.Class.stale.rawValue, let inner = record.carried {
            sweep?.remove(inner, keeping: try? inner.placed?.path)
        }
        guard !record.isUnreadableLine, !record.holdsNUL else { return .unchanged }
        try change { change throws(Failure) in
            try change.keep(membershipOf: record)
            try change.keep(CataloguedFailure(record))
            try playlists.rewrite(with: record.id, in: change)
        }
        return .unchanged
    }

    func book(done record: Record) throws(Failure) -> Answer {
        try refuseNUL(in: record)
        let collection = try record.section("collection").map { section throws(Failure) in
            try CollectionSummary(section)
        }
        let (n, total) = (record["n"]?.integer, record["total"]?.integer)
        let row = try change { change throws(Failure) in
            let known = try change.collection(record.id)
            var row = known ?? CataloguedCollection(id: record.id, type: record.typeInID)
            row.update(from: collection, n: n, total: total)
            let isNamed = row.playlist != nil && sameBytes(row.title, known?.title)
            if row.type == "playlist", !isNamed { try playlists.name(&row, in: change) }
            try change.keep(row)
            return row
        }
        try change { change throws(Failure) in
            if let n, let total { try change.forgetMembers(of: row.id, after: max(n, total)) }
            try change.solve(row.id)
            if row.playlist != nil { try playlists.write(row, in: change) }
            try change.finish(row.id)
        }
        return .unchanged
    }

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

    /// After the last line: sweeps what many items share, and sums up.
    func settle() {
        if !channels.isStopping { sweep?.removeArtwork() }
        channels.note("\(booked) in the library, \(skipped) skipped, \(channels.errorsWritten) failed")
    }

    @discardableResult
    private func change<Result>(_ body: (Change) throws(Failure) -> Result) throws(Failure) -> Result {
        try catalogue.change(now: timestamp(), body)
    }

    private func refuseNUL(in record: Record) throws(Failure) {
        if record.holdsNUL { throw .permanent("bad_id", "the id of the item or of its parent holds a NUL") }
    }

    /// What a skip says of the finished file, if that proves right.
    private func trackInside(_ skip: Record) -> CataloguedTrack? {
        guard let inner = skip.carried, inner.id.utf8.elementsEqual(skip.id.utf8) else { return nil }
        do throws(Failure) {
            return try inner.placed.map { placed throws(Failure) in
                try CataloguedTrack(inner, placed: placed, path: try library.relativePath(of: placed))
            }
        } catch {
            channels.note("\(skip.id) was skipped, but \(error.message)")
            return nil
        }
    }
}
