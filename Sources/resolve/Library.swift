import Catalogue
import Files
import Wire

/// What the library already has, so that it is not requested again.
final class Library {
    private let catalogue: Catalogue
    private let strays: Strays
    /// The ids that imported files were given in this run, keyed by the hash of their path.
    private var claims: [Int: String] = [:]

    init(folder: String) throws(Failure) {
        catalogue = try Catalogue(library: folder, readOnly: true)
        strays = Strays(catalogue)
    }

    /// The `skip` for a record whose track is in the library, whether as booked, edited or moved, or is kept elsewhere; else
    /// nil.
    ///
    /// A record whose file lacks its cover or is damaged goes on with what was booked. An imported file has no id to find it
    /// by: it is the track's if it holds the same recording, as far as the record describes it.
    func skip(_ record: inout Record) throws(Failure) -> Record? {
        let (id, standing) = try catalogue.standing(of: record)
        switch standing {
        case .there(let placed): return try skip(&record, at: placed, id)
        case .edited:
            // The file as it is now, with its digest.
            if let placed = try catalogue.placed(id: id) { return try skip(&record, at: placed, id) }
        case .damaged(let placed):
            try add(placed, of: id, to: &record)
            return nil
        case .missing(let placed):
            if let found = try strays.file(of: id, like: placed) { return skip(record, found) }
        case nil: break
        }
        if try catalogue.owns(id: record.id) { return .skip(record, why: "in an archive") }
        guard let track = try record.track,
            let placed = try catalogue.imported(
                track, isFree: { claims[$0.utf8Hash].map { $0.utf8.elementsEqual(id.utf8) } ?? true })
        else { return nil }
        claims[placed.path.utf8Hash] = id
        return skip(record, placed)
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

    private func skip(_ record: inout Record, at placed: Placed, _ id: String) throws(Failure) -> Record? {
        if !placed.lacksArtwork { return skip(record, placed) }
        try add(placed, of: id, to: &record)
        return nil
    }

    private func add(_ placed: Placed, of id: String, to record: inout Record) throws(Failure) {
        record["recorded"] = try catalogue.record(of: id)?["recorded"]
        record.edit("placed") { placed.write(to: &$0) }
    }
}
