import Naming
import Wire

/// Finds the names that records would get, one after another, as a dry run.
final class PlanSession {
    private let library: LibraryFolder
    private let scheme: NamingScheme
    /// The albums that folders would belong to.
    private var owners: [String: String] = [:]

    init(library: LibraryFolder, scheme: NamingScheme) { (self.library, self.scheme) = (library, scheme) }

    /// The record with the path that its file would get if that were free.
    func plan(_ record: Record) throws(Failure) -> Record? {
        guard let media = try record.media else {
            throw .stale("no_media", "there is no media section: resolve it first")
        }
        let track = try record.track ?? Track()
        let values = FieldValues(id: record.id, track: track, format: media.format, quality: media.quality)
        var placed = JSONObject()
        placed["path"] = .string(try target(scheme.path(of: record, values), media.format, track).path(1))
        var answer = record
        answer["placed"] = placed.value
        return answer
    }

    func target(_ path: NamedPath, _ format: Format, _ track: Track) throws(Failure) -> LibraryTarget {
        let edition = AlbumIdentity(track)
        let folders = try library.folders(of: path, edition) { owners[$0] ?? AlbumIdentity.owner(ofFolder: $0) }
        if let edition, let folder = folders.album { owners[folder] = edition.key }
        return library.target(path, format, in: folders)
    }
}
