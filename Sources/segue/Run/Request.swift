import Files
import Ledger
import Wire

/// Something that a user asks for: a reference, or a record of their own.
struct Request: Sendable {
    /// Without what its links say to prove who asks.
    let record: Record
    /// The id that earlier versions gave it, which named no catalog where a pipeline's only one has a name.
    let formerID: String?
    private let userInfos: [UserInfo]
    let isCollection: Bool
    let isFirst: Bool

    /// A line that begins with `{` is a record, everything else a reference; `catalog` is meant where that names none.
    init(_ text: [UInt8], first: Bool, catalog: String = Reference.unnamedCatalog) throws(Failure) {
        let isRecord = text.first(where: { $0 > 32 }) == UInt8(ascii: "{")
        var told = try isRecord ? Self.record(text) : Self.asked(text).request(catalog: catalog)
        userInfos = told.takeUserInfo()
        let former = isRecord ? nil : Reference((try? told.ref) ?? "")?.item(of: Reference.unnamedCatalog)
        formerID = former.flatMap { $0.utf8.elementsEqual(told.id.utf8) ? nil : $0 }
        (record, isCollection, isFirst) = (told, told.isCollection, first)
    }

    /// For what is known by its id already.
    init(id: String) {
        record = Record(request: id, id: id)
        (formerID, userInfos, isCollection, isFirst) = (nil, [], record.isCollection, false)
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

    private static func record(_ text: [UInt8]) throws(Failure) -> Record {
        do throws(Rejection) {
            return try Record(line: text)
        } catch {
            throw error.failure
        }
    }

    private static func asked(_ text: [UInt8]) throws(Failure) -> Wanted {
        guard let reference = String(validating: text, as: UTF8.self) else {
            throw .permanent("bad_ref", "the reference is no UTF-8: \(String(escaping: text.prefix(200)))")
        }
        return try Wanted(reference)
    }
}

extension Record {
    /// Whether it asks for more than one track, by its id.
    fileprivate var isCollection: Bool {
        let parts = id.split(separator: ":", maxSplits: 2)
        return kind == "request" && parts.count == 3 && parts[1] != "track"
    }
}

extension Change {
    /// Puts a request in the queue.
    func add(_ request: Request, isTold: Bool = true) throws -> Addition {
        try add(
            request.record, formerID: request.formerID, isCollection: request.isCollection, first: request.isFirst,
            isTold: isTold)
    }
}
