import Catalogue
import Files
import Glibc
import StageKit
import Wire

/// What is in the library already, so that nobody asks for it again.
struct Library {
    private let catalogue: Catalogue
    private let folder: String

    init(folder: String) throws(Failure) {
        self.folder = absolute(folder)
        catalogue = try Catalogue(reading: self.folder)
    }

    /// The `skip` for a record whose track is in the catalogue and on disk with the right size, else nil.
    func skip(_ record: Record) throws(Failure) -> Record? {
        guard let track = try catalogue.track(id: record.id) else { return nil }
        var status = stat()
        guard stat(track.path, &status) == 0, Int(status.st_size) == track.bytes else { return nil }
        var answer = record
        let placed = Placed(
            path: track.path, bytes: track.bytes, sha256: track.sha256, format: track.format, duration: track.duration)
        answer.edit("placed") { placed.write(to: &$0) }
        return .skip(answer, why: "in the library")
    }
}
