import StageKit
import Wire

/// A collection on its way to its children, one at a time, while its pages still arrive.
struct Expansion {
    let request: Record
    let reference: Reference
    let source: Resolver.Source
    let channels: Channels

    /// Makes the final line of a child from what its row, and its album if that is the collection, tell.
    typealias Child = (Record, Row, Album?) throws(Failure) -> Record

    /// Emits every child in order and returns the `done`.
    func run(rowsOnly: Bool, child: Child) throws(Failure) -> Record {
        let document = try source.catalog.object(reference.kind, reference.id)
        var count = 0
        var total = document["nb_tracks"]?.integer
        let isNumbered = reference.kind == .album && !rowsOnly
        let album = isNumbered ? try source.albums.album(reference.id, from: document) : nil
        if let album, !album.rows.isEmpty {
            try emit(album.rows, album, &count, child)
        } else {
            try source.catalog.pages(reference.kind, reference.id) { rows, announced throws(Failure) in
                total = announced ?? total
                try emit(rows, album, &count, child)
                return true
            }
        }
        if let total, total > count {
            channels.note("\(request.id): the catalog announced \(total) tracks and listed \(count)")
        }
        return .done(request, n: count, total: total, collection: summary(document))
    }

    private func emit(_ rows: [JSON], _ album: Album?, _ count: inout Int, _ child: Child) throws(Failure) {
        for row in rows {
            count += 1
            channels.emit(try line(row, seq: count, album, child))
            if channels.isStopping { throw .stopped }
        }
    }

    private func line(_ json: JSON, seq: Int, _ album: Album?, _ child: Child) throws(Failure) -> Record {
        guard let object = json.object, let row = Row(object) else {
            let failure = Failure.permanent("bad_row", "row \(seq) has no id")
            let nameless = Record(kind: "request", id: "\(request.id):row:\(seq)", parent: request.id, seq: seq)
            return .error(failure, stage: "resolve", record: nameless)
        }
        let id = "\(source.catalog.name):track:\(row.id)"
        var record = Record(request: id, id: id, parent: request.id, seq: seq)
        record.edit("track") { row.track.write(to: &$0) }
        return try child(record, row, album)
    }

    private func summary(_ document: JSONObject) -> CollectionSummary {
        let creator = document[reference.kind == .album ? "artist" : "creator"]?.object?["name"]?.string
        return CollectionSummary(
            type: reference.kind.rawValue, title: document["title"]?.string, creator: creator,
            artworkURL: coverURL(document) ?? document["picture_xl"]?.string)
    }
}
