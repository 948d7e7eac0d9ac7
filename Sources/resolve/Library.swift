import Catalogue
import Files
import Wire

/// What the library already has, so that it is not requested again.
final class Library {
    private let catalogue: Catalogue
    private let strays: Strays
    /// The ids that imported files were given in this run, keyed by the hash of their path.
    private var claims: [Int: String] = [:]
    /// What was last found to be nobody's recording, so that a track's own document is only compared where it says more than
    /// its list.
    private var stranger: Stranger?
    /// Whether a recording that another source has brought is wanted once more.
    private let keepsBoth: Bool
    /// Whether better files replace those that are there.
    let upgrades: Bool

    init(folder: String, keepsBoth: Bool, upgrades: Bool) throws(Failure) {
        (self.keepsBoth, self.upgrades) = (keepsBoth, upgrades)
        catalogue = try Catalogue(library: folder, readOnly: true)
        strays = Strays(catalogue)
    }

    /// What the library has of a record's track, whether as booked, edited or moved, or kept elsewhere.
    func holding(of record: inout Record) throws(Failure) -> Holding {
        let (id, standing) = try catalogue.standing(of: record)
        switch standing {
        case .there(let placed): return try holding(of: &record, at: placed, id)
        case .edited:
            // The file as it is now, with its digest.
            if let placed = try catalogue.placed(id: id) { return try holding(of: &record, at: placed, id) }
        case .damaged(let placed):
            try add(placed, of: id, to: &record)
            return .part
        case .missing(let placed):
            if let found = try strays.file(of: id, like: placed) { return .whole(skip(record, found)) }
        case nil: break
        }
        if try catalogue.owns(id: record.id) { return .whole(.skip(record, why: "in an archive")) }
        return try holding(ofRecordingIn: record, id)
    }

    /// The same for the recording of a track that the library does not have under its id, as far as the record describes it.
    ///
    /// An imported file has no id to find it by, and belongs to one track from then on.
    func holding(ofRecordingIn record: Record, _ known: String? = nil) throws(Failure) -> Holding {
        guard let track = try record.track else { return .nothing }
        let id = if let known { known } else { try catalogue.known(record).id }
        if let placed = try catalogue.imported(
            track, isFree: { claims[$0.utf8Hash].map { $0.utf8.elementsEqual(id.utf8) } ?? true })
        {
            claims[placed.path.utf8Hash] = id
            return .whole(skip(record, placed))
        }
        let stranger = Stranger(id: id, track)
        if keepsBoth || self.stranger == stranger { return .nothing }
        self.stranger = nil
        for twin in try catalogue.twins(of: id, track) {
            guard var placed = try file(of: twin.track.id) else { continue }
            placed.sameAs = twin.track.id
            return try judged(record, placed, of: twin.track.id, isNew: !twin.isKnown)
        }
        self.stranger = stranger
        return .nothing
    }

    /// Makes a record's file the only one of its recording, unless both are wanted.
    func bind(_ record: inout Record) { if !keepsBoth { record.isOnlyOnce = true } }

    /// A file that is there; what is offered now is only looked at where it may matter, which costs a request.
    private func judged(_ record: Record, _ placed: Placed, of id: String, isNew: Bool) throws(Failure) -> Holding {
        let isRival = (upgrades || isNew) && !placed.isLossless && !placed.lacksArtwork
        guard isRival, try !catalogue.isTouched(id: id) else {
            return .whole(Rival(placed: placed, recorded: nil).skip(record))
        }
        return .rival(Rival(placed: placed, recorded: try catalogue.record(of: id)?["recorded"]))
    }

    /// A track's file as it is now, wherever it is; nil if it is gone or damaged.
    private func file(of id: String) throws(Failure) -> Placed? {
        if case .missing(let placed) = try catalogue.standing(id: id) { return try strays.file(of: id, like: placed) }
        return try catalogue.placed(id: id)
    }

    /// The member of a list under the id that the library knows it by.
    func known(_ record: Record) throws(Failure) -> Record { try catalogue.known(record) }

    /// The id of the track whose file is or was at an absolute path, with links followed, or was moved there.
    func track(at path: String) throws(Failure) -> String? {
        let real = realPath(path).flatMap(inside)
        for name in [deepPath(path).flatMap(inside), real].compactMap(\.self) {
            if let file = try catalogue.track(path: name) { return file.id }
        }
        // Files outside the library are not read.
        guard real != nil, let id = Strays.id(in: path) else { return nil }
        return try catalogue.standing(id: id) == nil ? nil : id
    }

    /// A real path relative to the library's folder; nil for one outside it.
    private func inside(_ path: String) -> String? {
        let start = "\(catalogue.library)/".utf8
        return path.utf8.starts(with: start) ? String(decoding: path.utf8.dropFirst(start.count), as: UTF8.self) : nil
    }

    /// The path with all links in its folder resolved, as far as the folder exists; a link at the end stays.
    private func deepPath(_ path: String) -> String? {
        let parent = folder(of: path)
        if let real = realPath(parent) { return (real == "/" ? "" : real) + "/" + lastPart(of: path) }
        return parent == path ? nil : deepPath(parent).map { "\($0)/\(lastPart(of: path))" }
    }

    private func skip(_ record: Record, _ placed: Placed) -> Record {
        var answer = record
        answer.edit("placed") { placed.write(to: &$0) }
        return .skip(answer, why: "in the library")
    }

    private func holding(of record: inout Record, at placed: Placed, _ id: String) throws(Failure) -> Holding {
        if !placed.lacksArtwork { return try judged(record, placed, of: id, isNew: false) }
        try add(placed, of: id, to: &record)
        return .part
    }

    private func add(_ placed: Placed, of id: String, to record: inout Record) throws(Failure) {
        record["recorded"] = try catalogue.record(of: id)?["recorded"]
        record.edit("placed") { placed.write(to: &$0) }
    }
}

/// A track as far as it matters for finding its recording.
private struct Stranger: Equatable {
    let id: String
    let texts: [String?]
    let numbers: [Double?]
    let explicit: Bool?

    init(id: String, _ track: Track) {
        (self.id, explicit) = (id, track.explicit)
        texts =
            [track.isrc, track.musicBrainz.recording, track.title, track.artist, track.album, track.albumArtist]
            + track.artists
        numbers = [track.duration, track.trackNumber.map(Double.init), track.discNumber.map(Double.init)]
    }
}
