import Catalogue
import Files
import Wire

/// What is in the library already, so that nobody asks for it again.
final class Library {
    private let catalogue: Catalogue
    /// The ids that imported files were given in this run, by the hashes of their paths.
    private var claims: [Int: String] = [:]

    init(folder: String) throws(Failure) { catalogue = try Catalogue(library: folder, readOnly: true) }

    /// The `skip` for a record whose track is in the catalogue and on disk with the right size, or kept elsewhere; else nil.
    ///
    /// A file that was imported has no id to find it by: it is the track's if it is the same recording, as far as the
    /// record tells what that is.
    func skip(_ record: Record) throws(Failure) -> Record? {
        if let placed = try catalogue.placed(id: record.id) { return skip(record, placed) }
        if try catalogue.owns(id: record.id) { return .skip(record, why: "in an archive") }
        guard let track = try record.track,
            let placed = try catalogue.imported(
                track, isFree: { claims[$0.utf8Hash].map { $0.utf8.elementsEqual(record.id.utf8) } ?? true })
        else { return nil }
        claims[placed.path.utf8Hash] = record.id
        return skip(record, placed)
    }

    /// The id of the track whose file this is.
    func track(at path: String) throws(Failure) -> String? {
        guard let real = realPath(path), real.utf8.starts(with: "\(catalogue.library)/".utf8) else { return nil }
        let rest = real.utf8.dropFirst(catalogue.library.utf8.count + 1)
        return try catalogue.track(path: String(decoding: rest, as: UTF8.self))?.id
    }

    private func skip(_ record: Record, _ placed: Placed) -> Record {
        var answer = record
        answer.edit("placed") { placed.write(to: &$0) }
        return .skip(answer, why: "in the library")
    }
}
