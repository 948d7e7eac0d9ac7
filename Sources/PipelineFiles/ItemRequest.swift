import Files
import Ledger
import Wire

/// Something that a user asks for: a reference, or a record of their own.
package struct ItemRequest: Sendable {
    /// Without what its links say to prove who asks.
    package let record: Record
    /// The id that earlier versions gave it, which knew neither what a pipeline's only catalog is called nor that an ISRC
    /// may be written in several ways; nil where that is the same.
    package let formerID: String?
    private let userInfos: [UserInfo]
    package let isCollection: Bool
    package let isFirst: Bool

    /// A line that begins with `{` is a record, everything else a reference; `catalog` is meant where that names none.
    ///
    /// - Throws: `bad_ref` (`permanent`), and what ``Record`` throws for one.
    package init(_ text: [UInt8], first: Bool, catalog: String = Reference.unnamedCatalog) throws(Failure) {
        var told: Record
        if text.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
            (told, formerID) = (try Self.record(text), nil)
        } else {
            let reference = try Self.reference(text)
            told = try Wanted(reference).request(catalog: catalog)
            let former = Self.formerID(of: reference)
            formerID = former.flatMap { $0.utf8.elementsEqual(told.id.utf8) ? nil : $0 }
        }
        userInfos = told.takeUserInfo()
        (record, isCollection, isFirst) = (told, told.isCollection, first)
    }

    /// For what is known by its id already.
    package init(id: String) {
        record = Record(request: id, id: id)
        (formerID, userInfos, isCollection, isFirst) = (nil, [], record.isCollection, false)
    }

    /// Keeps the passwords that its links had in them, and tells of it.
    ///
    /// - Throws: what ``KeptPasswords`` throws.
    package func keepPasswords(tell: (String) -> Void) throws(Failure) {
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

    private static func reference(_ text: [UInt8]) throws(Failure) -> String {
        guard let reference = String(validating: text, as: UTF8.self) else {
            throw .permanent("bad_ref", "the reference is no UTF-8: \(String(escaping: text.prefix(200)))")
        }
        return Wanted.trimmed(reference)
    }

    private static func formerID(of text: String) -> String? {
        guard let reference = Reference(text) else { return nil }
        return reference.catalog == nil ? "\(Reference.unnamedCatalog):\(text)" : text
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
    ///
    /// - Throws: what the ``Ledger`` throws.
    package func add(_ request: ItemRequest, isTold: Bool = true) throws -> Addition {
        try add(
            request.record, formerID: request.formerID, isCollection: request.isCollection, first: request.isFirst,
            isTold: isTold)
    }
}
