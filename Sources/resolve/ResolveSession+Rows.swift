import Files
import Lists
import StageKit
import Wire

extension ResolveSession {
    /// Looks up a request that has no `ref` but describes a track, such as the row of a list that was not found before.
    ///
    /// It keeps its id, under which ledgers and catalogues know its place in the list; `ref` says which track was found.
    func answer(row told: Record) throws(Failure) -> StageAnswer {
        var request = told
        guard let track = try request.track, track.isWish else {
            throw .permanent(
                "bad_ref", "the request has neither a ref nor a track with a title, an ISRC or a recording to look for")
        }
        if case .whole(let answer) = try holding(of: &request) { return .record(answer) }
        guard let found = try lookUp(ListEntry(row: track)) else { return .unchanged }
        let reference = Reference(catalog: found.source.name, kind: .track, id: found.member.id)
        request["ref"] = .string(reference.text)
        request["match"] = found.match.value
        return .record(rowsOnly ? request : try single(request, toldBy: found.source.links, found.member.known))
    }

    /// The track that an entry without a usable link was found to mean.
    struct FoundRow {
        let source: any Source
        let member: Member
        let match: Match
    }

    /// The match of the first source that has one; nil where a later stage is to look for it.
    ///
    /// One that cannot be asked now may have it, so no other is taken in its place. What one refuses for good, another may
    /// have.
    func lookUp(_ entry: ListEntry, _ options: ReferenceOptions? = nil) throws(Failure) -> FoundRow? {
        var (nearest, refusals): (String?, [Failure]) = (nil, [])
        for name in namesInOrder {
            do throws(Failure) {
                let source = try source(of: Reference(catalog: name, kind: .track, id: "", options: options))
                switch try source.find(entry) {
                case .best(let member, let evidence):
                    return FoundRow(source: source, member: member, match: Match(by: evidence, row: entry.display))
                case .none(let other): nearest = nearest ?? other
                }
            } catch let error where error.class == .permanent {
                refusals.append(error)
            }
        }
        if passes { return nil }
        if let refusal = refusals.first, refusals.count == sources.count { throw refusal }
        if sources.isEmpty { _ = try source(of: Reference(catalog: nil, kind: .track, id: "")) }
        let names = sources.count == 1 ? "\(sources[0].name) has no" : "no catalog has a"
        throw .permanent(
            "not_found",
            "\(names) track like \(entry.display)" + (nearest.map { "; the nearest is \($0)" } ?? ""))
    }

    /// The names of all sources, the one that a reference without a name means first.
    private var namesInOrder: [String] {
        sources.map(\.name).filter { $0 == defaultName } + sources.map(\.name).filter { $0 != defaultName }
    }

    /// The request for an entry that failed, from which another try can start: what it leads to or what it says is its
    /// id, wherever in the list it stands.
    func request(for entry: ListEntry, of request: Record, at seq: Int) -> Record {
        let section = JSONObject.track(entry.track)
        var record = Record(kind: "request", id: id(of: entry, section, in: request, seq), parent: request.id, seq: seq)
        record.set(aliases: entry.aliases)
        record["ref"] = entry.location.map(JSON.string)
        record["track"] = section.value
        return record
    }

    private func id(of entry: ListEntry, _ section: JSONObject, in request: Record, _ seq: Int) -> String {
        guard let location = entry.location else {
            return "row:track:" + SHA256.of(String(decoding: section.value.text, as: UTF8.self)).prefix(32)
        }
        if let reference = Reference(entry: location) ?? reference(ofPage: location), reference.kind == .track {
            return reference.item(of: defaultName)
        }
        return entry.id ?? (WebLink.isOne(location) ? WebLink.trackID(location) : "\(request.id):row:\(seq)")
    }
}

extension JSONObject {
    fileprivate static func track(_ track: Track) -> JSONObject {
        var object = JSONObject()
        track.write(to: &object)
        return object
    }
}

extension ListEntry {
    /// A list's row as a `track` section.
    init(row track: Track) {
        self.init()
        (title, artist, album, isrc) = (track.title, track.artist ?? track.artists.first, track.album, track.isrc)
        (duration, trackNumber, discNumber) = (track.duration, track.trackNumber, track.discNumber)
        (releaseDate, comment, artworkURL) = (track.releaseDate, track.comment, track.artworkURL)
        recordingID = track.musicBrainz.recording
    }
}
