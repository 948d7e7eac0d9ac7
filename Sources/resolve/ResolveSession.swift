import Files
import Lists
import StageKit
import Web
import Wire

/// Turns references into tracks, with the sources they name.
final class ResolveSession {
    let sources: [any Source]
    /// What a link stands for where it is a page of a source.
    let pages: [(_ link: String) -> Reference?]
    let rowsOnly: Bool
    /// Whether requests for other catalogs are left to a later stage.
    let passes: Bool
    let library: Library?
    let channels: Channels
    let lists: ListSource
    /// Sources with what a reference asked for itself, by their names and that.
    private var choosing: [String: any Source] = [:]

    init(
        sources: [any Source], pages: [(_ link: String) -> Reference?], lists: ListSource, rowsOnly: Bool, passes: Bool,
        library: Library?, channels: Channels
    ) {
        (self.sources, self.pages, self.lists, self.rowsOnly) = (sources, pages, lists, rowsOnly)
        (self.passes, self.library, self.channels) = (passes, library, channels)
    }

    /// The request that a text stands for.
    func request(for text: String) throws(Failure) -> Record {
        if let mistake = Reference.mistake(in: Wanted.trimmed(text)) { throw .permanent("bad_ref", mistake) }
        let wanted = try Wanted(text)
        guard case .link(let url) = wanted, let page = reference(ofPage: WebLink.divided(url).plain) else {
            return wanted.request(catalog: defaultName)
        }
        return Record(request: url, id: page.item(of: defaultName))
    }

    func answer(_ record: Record) throws(Failure) -> StageAnswer {
        if record.kind == "track" { return try renew(record) }
        guard let ref = try record.ref else { return try answer(row: record) }
        if let mistake = Reference.mistake(in: ref) { throw .permanent("bad_ref", mistake) }
        switch try Wanted(ref) {
        case .object(let reference): return try answer(record, reference)
        case .link(let url):
            if let reference = reference(ofPage: url) { return try answer(record, reference) }
            if isList(record) {
                return .record(try expand(record, url))
            }
            if rowsOnly { return .record(try row(record)) }
            return .record(try single(record) { () throws(Failure) in try known(record, url) })
        case .file(let path): return .record(try expand(record, try ListDocument(file: path)))
        // A later stage reads it.
        case .folder: return .unchanged
        }
    }

    private func answer(_ record: Record, _ reference: Reference) throws(Failure) -> StageAnswer {
        if passes, !has(reference.catalog) { return .unchanged }
        let source = try source(of: reference)
        if case .own(let word) = reference.kind, !(source is ProgramSource) { throw .noKind(word, in: source.name, []) }
        if reference.kind == .track, !isList(record) {
            if rowsOnly { return .record(try row(record)) }
            return .record(
                try single(record, toldBy: source.links) { () throws(Failure) in
                    try source.track(reference.id, told: try record.track)
                })
        }
        return .record(try expand(record, reference, source))
    }

    /// Whether the request, made without knowing the catalogs, took a page for a collection.
    private func isList(_ record: Record) -> Bool { record.id.utf8.starts(with: "\(WebLink.list):playlist:".utf8) }

    /// Emits every child in order and returns the `done`.
    private func expand(
        _ request: Record, _ reference: Reference, _ source: any Source
    ) throws(Failure) -> Record {
        var (count, failures) = (0, 0)
        defer { tell(failures, of: request.id) }
        func each(_ row: Result<Listed, Failure>) throws(Failure) {
            count += 1
            switch row {
            case .success(.member(let member)):
                channels.emit(try child(.success(member), of: request, at: count, source, reference.options?.ofTracks))
            case .success(.wanted(let track)):
                channels.emit(try line(ListEntry(row: track), of: request, at: count, &failures))
            case .failure(let failure):
                channels.emit(try child(.failure(failure), of: request, at: count, source))
            }
            if channels.isStopping { throw .stopped }
        }
        let catalog = (source as? CatalogSource)?.catalog
        if try catalog?.isUnchanged(reference, for: request) == true { return .unchanged(request) }
        let collection: Collection
        if reference.kind == .track {
            let known = try source.track(reference.id, told: nil)
            try each(.success(.member(Member(id: reference.id, row: known.track) { () throws(Failure) in known })))
            let summary = CollectionSummary(type: "track", title: known.track.title, creator: nil, artworkURL: nil)
            collection = Collection(total: nil, count: 1, summary: summary)
        } else {
            collection = try source.expand(reference, each)
        }
        if let total = collection.total, total > count {
            channels.note("\(request.id): the catalog announced \(total) tracks and listed \(count)")
        } else if count == 0 {
            channels.note("\(request.id) has no tracks")
        }
        if case let missing = collection.missingReleases, missing > 0 {
            let releases = missing == 1 ? "1 release" : "\(missing) releases"
            channels.note("\(request.id): the catalog announced \(releases) more than it listed")
        }
        var done = Record.done(request, n: count, total: collection.total, collection: collection.summary)
        done["seen"] = catalog?.watched?.value
        // So that a ledger can tell what was asked for.
        if reference.options != nil { done["ref"] = request["ref"] }
        return done
    }

    /// The final line of a child; one that fails becomes an `error` of its own, and the collection goes on.
    func child(
        _ result: Result<Member, Failure>, of request: Record, at seq: Int, _ source: any Source,
        _ options: ReferenceOptions? = nil, by match: Match? = nil
    ) throws(Failure) -> Record {
        guard case .success(let member) = result else {
            let nameless = Record(kind: "request", id: "\(request.id):row:\(seq)", parent: request.id, seq: seq)
            return .error(.permanent("bad_row", "row \(seq) has no id"), stage: "resolve", record: nameless)
        }
        let id = "\(source.name):track:\(member.id)"
        let reference = Reference(catalog: source.name, kind: .track, id: member.id, options: options)
        var record = Record(request: reference.text, id: id, parent: request.id, seq: seq)
        record.edit("track") { member.row.write(to: &$0) }
        record["match"] = match?.value
        do throws(Failure) {
            if rowsOnly { return try row(record) }
            return try single(record, toldBy: source.links, member.known)
        } catch let error where error == .stopped {
            throw error
        } catch {
            channels.tell(error, of: record.id)
            return .error(error, stage: "resolve", record: record)
        }
    }

    /// A complete track, or the skip of one in the library; its media is requested last.
    ///
    /// Links that `source` names may not be nearer to this machine than it is; a link that was requested itself has no source.
    func single(
        _ record: Record, toldBy source: @autoclosure () -> LinkSource? = nil, _ known: () throws(Failure) -> Known
    ) throws(Failure) -> Record {
        var record = record
        var holding = try holding(of: &record)
        if case .whole(let answer) = holding { return answer }
        let known = try known()
        var answer = record.with(kind: "track")
        if let other = known.otherID {
            let options = try record.ref.flatMap { Reference($0)?.options }
            answer["ref"] = .string(other + (options.map { "?\($0.text)" } ?? ""))
            channels.note("\(record.id) is \(other) at its source, and is taken for that")
        }
        if known.track != Track() { answer.edit("track") { known.track.replace(in: &$0) } }
        if case .nothing = holding, let library { holding = try library.holding(ofRecordingIn: answer) }
        if case .whole(let answer) = holding { return answer }
        var media: Media
        if case .rival(let rival) = holding {
            let (offer, outcome) = try contest(rival, answer, known.media)
            guard let offer else { return outcome }
            (media, answer) = (offer, outcome)
        } else {
            media = try known.media()
        }
        // A program says only when it is asked what it may lead to.
        if let source = source() {
            try check(&media, from: source)
            try checkPictures(of: &answer, from: source)
        }
        try set(media, of: &answer)
        library?.bind(&answer)
        return answer
    }

    /// Gives new media to a track whose media is missing or expired; its other sections stay.
    private func renew(_ record: Record) throws(Failure) -> StageAnswer {
        if let media = try record.media, !media.isExpired() { return .unchanged }
        var renewed = record
        let holding = try holding(of: &renewed)
        if case .whole(let answer) = holding { return .record(answer) }
        do throws(Failure) {
            if case .rival(let rival) = holding {
                let (offer, answer) = try contest(rival, renewed) { () throws(Failure) in try media(of: record) }
                guard let offer else { return .record(answer) }
                renewed = answer
                try set(offer, of: &renewed)
            } else {
                try set(try media(of: record), of: &renewed)
            }
            library?.bind(&renewed)
            return .record(renewed)
        } catch  where error.code == Self.noCatalog && (passes || record["media"] != nil) {
            // The stage that needs expired media says so, and the stage that wrote it is asked again.
            return .unchanged
        }
    }

    private func media(of record: Record) throws(Failure) -> Media {
        switch try Wanted(try record.ref ?? record.id) {
        case .object(let reference): return try media(of: record, reference)
        case .link(let url):
            guard let reference = reference(ofPage: url) else { return try media(of: record, at: url) }
            return try media(of: record, reference)
        case .file, .folder: throw .permanent("bad_ref", "\(record.id) is not a track's id, and its ref is a list")
        }
    }

    private func media(of record: Record, _ reference: Reference) throws(Failure) -> Media {
        guard reference.kind == .track else {
            throw .permanent("bad_ref", "\(record.id) is not a track's id, and there is no ref")
        }
        let source = try source(of: reference)
        var media = try source.media(reference.id)
        try check(&media, from: source.links)
        return media
    }

    private func set(_ media: Media, of record: inout Record) throws(Failure) {
        record.edit("media") { media.write(to: &$0) }
        record["file"] = nil
        try Self.takePasswords(from: &record, channels)
    }

    /// The track section of a request for a link to audio.
    private func known(_ record: Record, _ url: String) throws(Failure) -> Known {
        let media = try media(of: record, at: url)
        return Known(track: try record.track ?? Track()) { () throws(Failure) in media }
    }

    /// The media as the link's list offered it, or else as the link itself says.
    private func media(of record: Record, at url: String) throws(Failure) -> Media {
        let offer = try record.section("offer").map { offer throws(Failure) in try Media(offer) }
        let told = offer ?? Format(link: url).map { Media(url: WebLink.url(url), format: $0) }
        return try lists.media(of: url, told: told, auth: .link(record))
    }

    /// A request that a later stage resolves, unless there is nothing to do.
    func row(_ record: Record) throws(Failure) -> Record {
        var record = record
        switch try library?.holding(of: &record) {
        case .whole(let answer): return answer
        case .rival(let rival): return library?.upgrades == true ? rival.superseded(by: record) : rival.skip(record)
        case .part, .nothing, nil: return record
        }
    }

    func reference(ofPage url: String) -> Reference? { pages.lazy.compactMap { $0(url) }.first }

    var defaultName: String { sources.count == 1 ? sources[0].name : Reference.unnamedCatalog }

    /// Whether there is a catalog of that name, or a default one.
    func has(_ catalog: String?) -> Bool { source(called: catalog ?? defaultName) != nil }

    private func source(called name: String) -> (any Source)? {
        sources.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    private static let noCatalog: Failure.Code = "no_catalog"

    func source(of reference: Reference) throws(Failure) -> any Source {
        let name = reference.catalog ?? defaultName
        guard let source = source(called: name) else {
            if [WebLink.audio, "file", "row"].contains(name) {
                throw .permanent(
                    Self.noCatalog,
                    "an id that begins with \(name): is not enough to find it; request the link, or its list")
            }
            let known = sources.map(\.name).sorted().joined(separator: ", ")
            let others = known.isEmpty ? "" : ", only: \(known)"
            throw .permanent(Self.noCatalog, "no catalog is called \(name)\(others); give --catalog \(name)=URL")
        }
        guard let options = reference.options else { return source }
        let key = "\(name)?\(options.text)"
        let chosen = choosing[key] ?? source.choosing(options)
        choosing[key] = chosen
        return chosen
    }
}
