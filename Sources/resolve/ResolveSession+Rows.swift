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
        guard let track = try request.track, track.title != nil || track.isrc != nil else {
            throw .permanent("bad_ref", "the request has neither a ref nor a track with a title or an ISRC to look for")
        }
        if passes, !has(nil) { return .unchanged }
        if case .whole(let answer) = try holding(of: &request) { return .record(answer) }
        let (member, source) = try lookUp(ListEntry(row: track))
        var found = request
        found["ref"] = .string("\(source.name):track:\(member.id)")
        return .record(rowsOnly ? found : try single(found, toldBy: source.links, member.known))
    }

    /// The default catalog's match for an entry without a usable link.
    func lookUp(_ entry: ListEntry) throws(Failure) -> (member: Member, source: any Source) {
        let source = try source(of: Reference(catalog: nil, kind: .track, id: ""))
        switch try source.find(entry) {
        case .best(let member): return (member, source)
        case .none(let nearest):
            let name = [entry.artist, entry.title].compactMap(\.self).joined(separator: " - ")
            let wanted = name.isEmpty ? entry.isrc ?? "this" : name
            throw .permanent(
                "not_found",
                "\(source.name) has no track like \(wanted)" + (nearest.map { "; the nearest is \($0)" } ?? ""))
        }
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
    }
}
