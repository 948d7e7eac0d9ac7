import Files
import Wire

/// Something that a user asks for: a reference, or a record of their own.
struct Request: Sendable {
    let record: Record
    let isCollection: Bool
    let isFirst: Bool

    /// What a catalog is called that was given no name.
    private static let unnamedCatalog = "catalog"

    /// A line that begins with `{` is a record, everything else a reference.
    init(_ text: [UInt8], first: Bool) throws(Failure) {
        isFirst = first
        if text.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
            do throws(Rejection) {
                record = try Record(line: text)
            } catch {
                throw error.failure
            }
            isCollection = Self.kind(of: record.id) != "track" && record.kind == "request"
            return
        }
        guard let reference = String(validating: text, as: UTF8.self).map(Self.trimmed) else {
            throw .permanent("bad_ref", "a reference that is not UTF-8")
        }
        if WebLink.isOne(reference) {
            record = Record(request: reference, id: WebLink.id(reference))
            isCollection = Format(link: reference) == nil
            return
        }
        let object = CatalogReference(reference)
        if object == nil, ListPath.isOne(reference) {
            (record, isCollection) = (Record(request: absolute(reference), id: ListPath.id(reference)), true)
            return
        }
        guard let object, !reference.hasSuffix(":") else {
            throw .permanent(
                "bad_ref",
                "\(reference) is no reference; try track:ID, album:ID, playlist:ID, artist:ID, NAME:playlist:ID or a link"
            )
        }
        let id = object.catalog == nil ? "\(Self.unnamedCatalog):\(reference)" : reference
        record = Record(request: reference, id: id)
        isCollection = object.kind != "track"
    }

    private static func kind(of id: String) -> String {
        let parts = id.split(separator: ":", maxSplits: 2)
        return parts.count == 3 ? String(parts[1]) : "track"
    }

    private static func trimmed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let start = bytes.firstIndex { $0 > 32 } ?? bytes.count
        let end = bytes.lastIndex { $0 > 32 }.map { $0 + 1 } ?? start
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
