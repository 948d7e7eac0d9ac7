import Files
import Glibc
import Ledger
import Server
import Wire

extension API {
    private static let maximumCover = 16 << 20

    /// The picture of an item: the one beside its file, or the one that was fetched for it; for a collection, that of
    /// its first member.
    func cover(of id: String) throws(Failure) -> HTTPResponse {
        guard let found = try reading.show(id) else { throw Self.noItem(id) }
        var item = (found.item, found.line)
        if found.item.isCollection {
            if let first = try reading.list(ItemQuery(parent: id, limit: 1)).first,
                let member = try reading.show(first.id)
            {
                item = (member.item, member.line)
            }
        }
        for path in Self.pictures(item.0, item.1, spool: plan.spool) {
            if let response = Self.picture(at: path) { return response }
        }
        throw .permanent("no_cover", "there is no picture of \(id)")
    }

    /// The picture in a file, which a browser may keep for an hour; nil if it is not there, or not a picture.
    static func picture(at path: String) -> HTTPResponse? {
        guard let size = fileSize(path), size <= maximumCover, let bytes = bytes(of: path),
            let type = Magic.imageType(of: bytes)
        else { return nil }
        var response = HTTPResponse(status: 200, type: type, body: bytes)
        response.headers.append(("Cache-Control", "private, max-age=3600"))
        return response
    }

    private static func pictures(_ item: Item, _ line: [UInt8], spool: String) -> [String] {
        let folder = item.path.map(Files.folder)
        let beside = folder.map { folder in ["cover.jpg", "cover.png"].map { "\(folder)/\($0)" } } ?? []
        let record = try? Record(line: line)
        let fetched = (try? (record?.carried ?? record)?.file)??.artwork?.path
        return beside + [fetched].compactMap { $0 }.filter { $0.hasPrefix(spool + "/") && !$0.contains("/../") }
    }

    private static func bytes(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        let read = try? readAll(descriptor, of: path) { bytes += $0 }
        return read == nil ? nil : bytes
    }
}
