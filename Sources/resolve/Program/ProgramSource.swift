import Lists
import Matching
import Web
import Wire

/// A program as a source.
final class ProgramSource: Source {
    var name: String { program.name }
    var links: LinkSource { .program(bases: program.hello.bases) }
    private let program: SourceProgram
    private let choice: MediaChoice

    private static let mostRows = 1_000_000
    /// How many empty pages may follow each other.
    private static let mostEmpty = 100

    init(_ program: SourceProgram, choice: MediaChoice) { (self.program, self.choice) = (program, choice) }

    func choosing(_ options: ReferenceOptions) -> any Source { ProgramSource(program, choice: choice.with(options)) }

    /// What a link to one of its pages is about; nil for any other link, and while the program gives no answer.
    func reference(ofPage link: String) -> Reference? {
        (try? program.introduced())?.reference(ofPage: link, name: name)
    }

    func close() { program.close() }

    func track(_ id: String, told: Track?) throws(Failure) -> Known {
        let answer = try answer(track: id)
        return Known(track: try judged { () throws(Failure) in try track(of: answer) }) { () throws(Failure) in
            try self.media(of: answer)
        }
    }

    func media(_ id: String) throws(Failure) -> Media { try media(of: try answer(track: id)) }

    func expand(_ reference: Reference, _ each: EachRow) throws(Failure) -> Collection {
        let type = try listKind(of: reference).rawValue
        var collection = Collection(
            total: nil, count: 0,
            summary: CollectionSummary(type: type, title: nil, creator: nil, artworkURL: nil))
        var (cursor, seen, empty): (String?, Set<String>, Int) = (nil, [], 0)
        repeat {
            var question = JSONObject()
            question["expand"] = .string("\(reference.kind.rawValue):\(reference.id)")
            question.set("next", cursor.map(JSON.string))
            var rows: [JSONObject] = []
            let done = try program.ask(question, last: "done", rows: "track") { rows.append($0) }
            try judged { () throws(Failure) in try collection.take(Section("done", done)) }
            collection.count += rows.count
            for row in rows { try each(listed(row)) }
            guard collection.count <= Self.mostRows else {
                throw .permanent("too_large", "\(reference.text) has over \(Self.mostRows) tracks")
            }
            cursor = done["next"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            empty = rows.isEmpty ? empty + 1 : 0
            if let cursor, !seen.insert(cursor).inserted || empty > Self.mostEmpty {
                throw program.fault("ends-pages", "lists \(reference.text) without an end")
            }
        } while cursor != nil
        return collection
    }

    /// What kind of list it is to others: one of the source's own kinds is a playlist unless its end says otherwise.
    private func listKind(of reference: Reference) throws(Failure) -> Reference.Kind {
        guard case .own(let word) = reference.kind else { return reference.kind }
        let kinds = try program.introduced().kinds
        guard kinds.contains(word) else { throw .noKind(word, in: name, kinds) }
        return .playlist
    }

    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member> {
        try entry.choose(\.row, withArtist: true) { text throws(Failure) in
            try rows(text, .track, limit: 25).compactMap { try? self.member($0).get() }
        }
    }

    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [Found] {
        var found: [Found] = []
        for row in try rows(text, kind, limit: limit) {
            guard let id = row["id"]?.identifier else { continue }
            let reference = Reference(catalog: name, kind: kind, id: id)
            if kind == .track {
                found.append(Found(reference: reference, track: try track(of: row), summary: nil))
            } else {
                let told = try Section("row", row).section("collection")
                found.append(Found(reference: reference, track: nil, summary: try summary(told, kind)))
            }
        }
        return found
    }

    private func summary(_ told: Section?, _ kind: Reference.Kind) throws(Failure) -> CollectionSummary {
        CollectionSummary(
            type: kind.rawValue, title: try told?.string("title"), creator: try told?.string("creator"),
            artworkURL: try told?.string("artwork_url"))
    }

    private func rows(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [JSONObject] {
        var question = JSONObject()
        question["search"] = .string(text)
        question["type"] = .string(kind.rawValue)
        question["limit"] = .integer(limit)
        var rows: [JSONObject] = []
        _ = try program.ask(question, last: "done", rows: kind.rawValue) { rows.append($0) }
        return Array(rows.prefix(limit))
    }

    private func answer(track id: String) throws(Failure) -> JSONObject {
        var question = JSONObject()
        question["track"] = .string(id)
        let answer = try program.ask(question, last: "track")
        guard let answered = answer["id"]?.identifier, answered.utf8.elementsEqual(id.utf8) else {
            let other = answer["id"]?.identifier.map { String($0.prefix(80)) } ?? "none"
            let message = "\(name) was asked for track \(id) and answered with \(other)"
            program.note("own-ids", message)
            throw .permanent(Catalog.otherID, message)
        }
        return answer
    }

    private func listed(_ row: JSONObject) -> Result<Listed, Failure> {
        // Null counts as absent.
        let isNameless = row["id"].map { $0.text.elementsEqual("null".utf8) } ?? true
        guard isNameless, let told = try? track(of: row), told.isWish else { return member(row).map(Listed.member) }
        return .success(.wanted(told))
    }

    private func member(_ row: JSONObject) -> Result<Member, Failure> {
        do throws(Failure) {
            return try judged { () throws(Failure) in
                guard let id = row["id"]?.identifier, Reference("\(name):track:\(id)") != nil else {
                    throw .permanent("bad_row", "a row of the source \(name) has no id that a reference can have")
                }
                let told = try track(of: row)
                let isWhole = row["media"].map { $0.object != nil || !$0.elements.isEmpty } ?? false
                return .success(
                    Member(id: id, row: told) { () throws(Failure) in
                        guard isWhole else { return try self.track(id, told: told) }
                        return Known(track: told) { () throws(Failure) in try self.media(of: row) }
                    })
            }
        } catch {
            return .failure(error)
        }
    }

    /// What a line says of a track, with the source's name before the id of its album.
    private func track(of line: JSONObject) throws(Failure) -> Track {
        guard let section = try Section("answer", line).section("track") else { return Track() }
        var track = try Track(section)
        let prefix = "\(name):album:"
        track.albumID = track.albumID.map { $0.utf8.starts(with: prefix.utf8) ? $0 : prefix + $0 }
        track.releaseDate = track.releaseDate.flatMap(knownDate)
        track.originalDate = track.originalDate.flatMap(knownDate)
        return track
    }

    private func media(of line: JSONObject) throws(Failure) -> Media {
        let offers = line["media"].map { $0.object == nil ? $0.elements : [$0] } ?? []
        let media = try judged { () throws(Failure) in try choice.pick(from: offers) }
        do throws(Failure) {
            try program.client.refuse(media.url, from: links)
        } catch {
            program.note("media-links", "named \(media.url.prefix(200)): \(error.message)")
            throw error
        }
        if let auth = media.auth, auth != name {
            program.note("media-links", "named a credential that is not its own")
            throw .permanent("no_credential", "the source \(name) names the credential \(auth), which is not its own")
        }
        return media
    }

    /// What the body returns; a member of the wrong type is written down.
    private func judged<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        do throws(Failure) {
            return try body()
        } catch {
            if ["bad_record", "bad_row", "bad_format", "bad_cipher"].contains(error.code) {
                program.note("right-members", error.message)
            }
            throw error
        }
    }
}

extension Collection {
    /// Adds what the end of a page says of the whole list.
    fileprivate mutating func take(_ done: Section) throws(Failure) {
        total = [total, try done.integer("total")].compactMap(\.self).max()
        guard let told = try done.section("collection") else { return }
        if let type = try told.string("type") {
            guard Reference.Kind(rawValue: type) != nil, type != "track" else {
                throw .permanent("bad_record", "done.collection.type is not album, playlist or artist")
            }
            summary.type = type
        }
        summary.title = try told.string("title") ?? summary.title
        summary.creator = try told.string("creator") ?? summary.creator
        summary.artworkURL = try told.string("artwork_url") ?? summary.artworkURL
    }
}
