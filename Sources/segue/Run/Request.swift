import Files
import Wire

/// Something that a user asks for: a reference, or a record of their own.
struct Request: Sendable {
    /// Without what its links say to prove who asks.
    let record: Record
    private let userInfos: [UserInfo]
    let isCollection: Bool
    let isFirst: Bool

    /// What a catalog is called that was given no name.
    private static let unnamedCatalog = "catalog"

    /// A line that begins with `{` is a record, everything else a reference.
    init(_ text: [UInt8], first: Bool) throws(Failure) {
        isFirst = first
        if text.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
            var told: Record
            do throws(Rejection) {
                told = try Record(line: text)
            } catch {
                throw error.failure
            }
            userInfos = told.takeUserInfo()
            record = told
            isCollection = Self.kind(of: record.id) != "track" && record.kind == "request"
            return
        }
        guard let reference = String(validating: text, as: UTF8.self).map(Self.trimmed) else {
            throw .permanent("bad_ref", "the reference is no UTF-8: \(String(escaping: text.prefix(200)))")
        }
        if WebLink.isOne(reference) {
            let (link, userInfo) = WebLink.divided(reference)
            (record, userInfos) = (Record(request: link, id: WebLink.id(link)), [userInfo].compactMap(\.self))
            isCollection = Format(link: link) == nil
            return
        }
        userInfos = []
        let object = CatalogReference(reference)
        if object == nil, ListPath.isOne(reference) {
            let path = try ListPath.absolute(reference)
            (record, isCollection) = (Record(request: path, id: ListPath.id(path)), true)
            return
        }
        guard let object, !reference.hasSuffix(":") else {
            throw .permanent(
                "bad_ref",
                "\(WebLink.shown(reference)) is no reference; try track:ID, album:ID, playlist:ID, artist:ID, NAME:playlist:ID or a link"
            )
        }
        let id = object.catalog == nil ? "\(Self.unnamedCatalog):\(reference)" : reference
        record = Record(request: reference, id: id)
        isCollection = object.kind != "track"
    }

    /// Keeps the passwords that its links had in them, and tells of it.
    func keepPasswords(tell: (String) -> Void) throws(Failure) {
        for userInfo in userInfos {
            if let news = try KeptPasswords.keep(userInfo, under: [record.id]) { tell(news) }
        }
    }

    /// Throws where it asks for a list on this machine that is not there.
    func checkFile() throws(Failure) {
        guard record.kind == "request", let ref = try record.ref, ref.hasPrefix("/") else { return }
        try ListPath.check(ref)
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
