import Catalogue
import StageKit
import Wire

/// Turns references into tracks, with the catalogs they name.
final class Resolver {
    private let catalogs: [String: Source]
    private let defaultCatalog: String
    private let rowsOnly: Bool
    private let choice: MediaChoice
    private let library: Library?
    private let channels: Channels

    /// A catalog, and the albums of it that were met lately.
    struct Source {
        let catalog: Catalog
        let albums: Albums
    }

    init(catalogs: [Catalog], rowsOnly: Bool, choice: MediaChoice, library: Library?, channels: Channels) {
        self.catalogs = Dictionary(catalogs.map { ($0.name, Source(catalog: $0, albums: Albums(catalog: $0))) }) { $1 }
        defaultCatalog = catalogs.count == 1 ? catalogs[0].name : Self.unnamed
        (self.rowsOnly, self.choice, self.library, self.channels) = (rowsOnly, choice, library, channels)
    }

    /// What a catalog is called that was given no name.
    static let unnamed = "catalog"

    /// The id of what a reference names.
    func id(of reference: Reference) -> String {
        "\(reference.catalog ?? defaultCatalog):\(reference.kind.rawValue):\(reference.id)"
    }

    func answer(_ record: Record) throws(Failure) -> Answer {
        if record.kind == "track" { return try renew(record) }
        guard let ref = try record.ref else { throw .permanent("bad_ref", "the request has no ref") }
        let reference = try Reference(ref)
        let source = try source(of: reference)
        guard reference.kind != .track else { return try single(record, reference, source) }
        let expansion = Expansion(request: record, reference: reference, source: source, channels: channels)
        return .record(
            try expansion.run(rowsOnly: rowsOnly) { child, row, album throws(Failure) in
                try answer(child, row, album, source)
            })
    }

    /// The final line of a child; one that fails is an error of its own, and the collection goes on.
    private func answer(_ child: Record, _ row: Row, _ album: Album?, _ source: Source) throws(Failure) -> Record {
        do throws(Failure) {
            if let skip = try library?.skip(child) { return skip }
            guard !rowsOnly else { return child }
            return try complete(child, row, album, source)
        } catch let error where error == .stopped {
            throw error
        } catch {
            channels.note("gave up on \(child.id): \(error.message)")
            return .error(error, stage: "resolve", record: child)
        }
    }

    private func single(_ record: Record, _ reference: Reference, _ source: Source) throws(Failure) -> Answer {
        if let skip = try library?.skip(record) { return .record(skip) }
        if rowsOnly { return .unchanged }
        return .record(try complete(record, try row(reference.id, source), nil, source))
    }

    /// A track whose media is missing or past its time gets new media; its other sections stay.
    private func renew(_ record: Record) throws(Failure) -> Answer {
        if let media = try record.media, !media.isExpired() { return .unchanged }
        if let skip = try library?.skip(record) { return .record(skip) }
        let reference = try Reference(try record.ref ?? record.id)
        guard reference.kind == .track else {
            throw .permanent("bad_ref", "\(record.id) is no track's id, and there is no ref")
        }
        var renewed = record
        try setMedia(of: &renewed, reference.id, try source(of: reference))
        return .record(renewed)
    }

    private func complete(
        _ record: Record, _ row: Row, _ album: Album?, _ source: Source
    ) throws(Failure) -> Record {
        var row = row
        var track = row.track
        var details = album
        if details == nil, let id = row.album { details = try source.albums.album(id) }
        details?.complete(&track, id: row.id)
        if track.trackNumber == nil, album == nil, let full = try knownRow(row.id, source) {
            row = full
            track = full.track
            details?.complete(&track, id: row.id)
        }
        var answer = record.with(kind: "track")
        answer.edit("track") { track.write(to: &$0) }
        if let skip = try library?.skip(answer) { return skip }
        try setMedia(of: &answer, row.id, source)
        return answer
    }

    private func setMedia(of record: inout Record, _ id: String, _ source: Source) throws(Failure) {
        let media = try choice.pick(from: try source.catalog.manifest(track: id, formats: choice.wishes))
        record.edit("media") { media.write(to: &$0) }
        record["file"] = nil
    }

    private func row(_ id: String, _ source: Source) throws(Failure) -> Row {
        guard let row = Row(try source.catalog.object(.track, id)) else {
            throw .transient("bad_document", "the catalog's track \(id) has no id", host: source.catalog.host)
        }
        return row
    }

    /// Nil when the catalog does not have it; what may yet be had is a failure.
    private func knownRow(_ id: String, _ source: Source) throws(Failure) -> Row? {
        do throws(Failure) {
            return try row(id, source)
        } catch let error where error.class == .permanent {
            return nil
        }
    }

    private func source(of reference: Reference) throws(Failure) -> Source {
        let name = reference.catalog ?? defaultCatalog
        guard let source = catalogs[name] else {
            let known = catalogs.keys.sorted().joined(separator: ", ")
            throw .config(
                "no_catalog", "no catalog is called \(name), only: \(known); name one with --catalog \(name)=URL")
        }
        return source
    }
}
