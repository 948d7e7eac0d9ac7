import Catalogue
import Wire

/// What is in the library already, so that nobody asks for it again.
struct Library {
    private let catalogue: Catalogue

    init(folder: String) throws(Failure) { catalogue = try Catalogue(library: folder, readOnly: true) }

    /// The `skip` for a record whose track is in the catalogue and on disk with the right size, else nil.
    func skip(_ record: Record) throws(Failure) -> Record? {
        guard let placed = try catalogue.placed(id: record.id) else { return nil }
        var answer = record
        answer.edit("placed") { placed.write(to: &$0) }
        return .skip(answer, why: "in the library")
    }
}
