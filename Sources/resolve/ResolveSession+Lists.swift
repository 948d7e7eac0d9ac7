import Files
import Lists
import Web
import Wire

extension ResolveSession {
    /// Expands a list at a link, unless it is as it was when the `seen` of its request was written.
    func expand(_ request: Record, _ url: String) throws(Failure) -> Record {
        try expand(request, try ListDocument(url: url, lists.client, auth: .link(request), seen: SeenList(request)))
    }

    /// Emits the entries of a playlist file or a feed, and returns the `done`.
    func expand(_ request: Record, _ document: consuming ListDocument) throws(Failure) -> Record {
        if document.isUnchanged { return .unchanged(request) }
        if let format = document.audio { return try expand(request, to: document.location, format) }
        let (seen, movedTo) = (document.seen, document.movedTo)
        var lists = lists
        if let keep = request["keep"]?.integer, keep > 0 { lists.choice.last = keep }
        var (count, failures, name) = (0, 0, document.name)
        defer { tell(failures, of: name) }
        var (summary, isWhole) = try lists.expand(document, of: request, file: file) { entry throws(Failure) in
            count += 1
            channels.emit(try line(entry, of: request, at: count, &failures))
            if channels.isStopping { throw .stopped }
        } remark: {
            channels.note("\(request.id): \($0)")
        }
        if count == 0 { channels.note("\(name) has no entries") }
        summary.artworkURL = try summary.artworkURL.map { link throws(Failure) in try plain(link, of: request) }
        // Nothing has left a list whose rest could not be read, and the next time it is read again, also if its first page is as
        // it was.
        var done = Record.done(request, n: count, total: isWhole ? nil : count + 1, collection: summary)
        if request["seen"] != nil {
            done["seen"] = isWhole ? seen?.value : nil
            done["moved"] = movedTo.map(JSON.string)
        }
        return done
    }

    /// How many failed entries of one list are reported one by one.
    private static let mostNotes = 5

    /// Tells how many of a list's entries failed that were not reported one by one.
    func tell(_ failures: Int, of name: String) {
        if failures > Self.mostNotes { channels.tell("\(failures - Self.mostNotes) more entries of \(name) failed") }
    }

    /// The only entry of a link that turns out to lead to audio.
    private func expand(_ request: Record, to url: String, _ format: Format) throws(Failure) -> Record {
        var entry = ListEntry()
        (entry.location, entry.format) = (url, format)
        var failures = 0
        channels.emit(try line(entry, of: request, at: 1, &failures))
        let summary = CollectionSummary(type: "track", title: nil, creator: nil, artworkURL: nil)
        return .done(request, n: 1, total: nil, collection: summary)
    }

    /// The final line of an entry; one that fails becomes an `error` of its own, and the list goes on.
    func line(
        _ told: ListEntry, of request: Record, at seq: Int, _ failures: inout Int
    ) throws(Failure) -> Record {
        var entry = told
        do throws(Failure) {
            try takePasswords(from: &entry, of: request, at: seq)
            return try found(entry, of: request, at: seq)
        } catch let error where error == .stopped {
            throw error
        } catch {
            failures += 1
            if failures <= Self.mostNotes { channels.tell(error, of: "entry \(seq) of \(request.id)") }
            return .error(error, stage: "resolve", record: self.request(for: entry, of: request, at: seq))
        }
    }

    private func found(_ entry: ListEntry, of request: Record, at seq: Int) throws(Failure) -> Record {
        guard let location = entry.location else { return try searched(entry, of: request, at: seq) }
        if let mistake = Reference.mistake(in: location) { throw .permanent("bad_ref", mistake) }
        if let reference = Reference(entry: location) ?? reference(ofPage: location) {
            guard reference.kind == .track else {
                throw .permanent(
                    "nested_list", "a list in a list is not followed: \(WebLink.shown(location)); ask for it by itself")
            }
            if passes, !has(reference.catalog) { return self.request(for: entry, of: request, at: seq) }
            let source = try source(of: reference)
            let member = Member(id: reference.id, row: entry.track) { () throws(Failure) in
                try source.track(reference.id, told: nil)
            }
            return try child(.success(member), of: request, at: seq, source, reference.options)
        }
        if WebLink.isOne(location) { return try audio(entry, location, of: request, at: seq) }
        guard location.hasPrefix("/"), WebLink.isOne((try request.ref) ?? "") == false else {
            let what = "is neither an http or https link nor a file of this machine"
            throw .permanent(
                "bad_url", "\(try place(of: entry, in: request, at: seq)) \(what): \(WebLink.shown(location))")
        }
        return try local(entry, location, of: request, at: seq)
    }

    private func audio(_ entry: ListEntry, _ url: String, of request: Record, at seq: Int) throws(Failure) -> Record {
        var record = Record(request: url, id: entry.id ?? WebLink.trackID(url), parent: request.id, seq: seq)
        record.set(aliases: entry.aliases)
        record.edit("track") { entry.track.write(to: &$0) }
        let list = try request.ref.flatMap { WebLink.isOne($0) ? LinkSource.server($0) : nil }
        if let list {
            try lists.client.refuse(url, from: list)
            try checkPictures(of: &record, from: list)
        }
        record = try library?.known(record) ?? record
        // The stage that resolves the row looks at the link itself where the list says nothing.
        if rowsOnly, entry.media == nil { return try row(record) }
        let media = try lists.media(of: url, told: entry.media, auth: .link(record))
        // The list will not be read again, and the link may not say.
        record.edit("offer") { media.write(to: &$0) }
        if rowsOnly { return try row(record) }
        return try single(record, toldBy: list) { () throws(Failure) in
            Known(track: entry.track) { () throws(Failure) in media }
        }
    }

    private func searched(_ entry: ListEntry, of request: Record, at seq: Int) throws(Failure) -> Record {
        let options = try request.ref.flatMap { Reference($0)?.options?.ofTracks }
        guard let found = try lookUp(entry, options) else { return self.request(for: entry, of: request, at: seq) }
        return try child(.success(found.member), of: request, at: seq, found.source, options, by: found.match)
    }

    /// The place of an entry, for messages.
    func place(of entry: ListEntry, in request: Record, at seq: Int) throws(Failure) -> String {
        let list = try request.ref ?? request.id
        return (entry.line.map { "line \($0)" } ?? "entry \(seq)")
            + " of \(WebLink.isOne(list) ? WebLink.shown(list) : list)"
    }
}
