import Catalogue
import Files
import Wire

/// What is in the library already, so that nobody asks for it again.
final class Library {
    private let catalogue: Catalogue
    private let strays: Strays
    /// The ids that imported files were given in this run, by the hashes of their paths.
    private var claims: [Int: String] = [:]

    init(folder: String) throws(Failure) {
        catalogue = try Catalogue(library: folder, readOnly: true)
        strays = Strays(catalogue)
    }

    /// The `skip` for a record whose track is in the library, as it was booked, edited or moved by somebody, or kept
    /// elsewhere; else nil.
    ///
    /// A record whose file is there and lacks its cover, or is damaged, goes on with what is booked of it. A file that was
    /// imported has no id to find it by: it is the track's if it is the same recording, as far as the record tells what
    /// that is.
    func skip(_ record: inout Record) throws(Failure) -> Record? {
        let (id, standing) = try catalogue.standing(of: record)
        switch standing {
        case .there(let placed): return try skip(&record, at: placed, id)
        case .edited:
            // As it is now, with its digest.
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

    /// A member of a list under the id that the library knows it by.
    func known(_ record: Record) throws(Failure) -> Record { try catalogue.known(record) }

    /// The id of the track whose file is or was at an absolute path, through whatever links, or that somebody moved there.
    func track(at path: String) throws(Failure) -> String? {
        let real = realPath(path).flatMap(inside)
        for name in [deepPath(path).flatMap(inside), real].compactMap(\.self) {
            if let file = try catalogue.track(path: name) { return file.id }
        }
        // Nothing of a file is read that is not in the library.
        guard real != nil, let id = Strays.id(in: path) else { return nil }
        return try catalogue.standing(id: id) == nil ? nil : id
    }

    /// A real path from the library's folder; nil for one that is not in it.
    private func inside(_ path: String) -> String? {
        let start = "\(catalogue.library)/".utf8
        return path.utf8.starts(with: start) ? String(decoding: path.utf8.dropFirst(start.count), as: UTF8.self) : nil
    }

    /// The path with every link in its folder resolved, as far as there is one; a link at its end stays.
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
