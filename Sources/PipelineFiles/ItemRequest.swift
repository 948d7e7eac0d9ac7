import Files
import Ledger
import Wire

/// What a user asks for: a reference, or a record of their own.
package struct ItemRequest: Sendable {
    /// Without the passwords that its links contained.
    package let record: Record
    /// The id that earlier versions gave it, if different: they knew neither the name of a pipeline's only catalog nor
    /// that an ISRC may be written in several ways.
    package let formerID: String?
    private let userInfos: [UserInfo]
    package let isCollection: Bool
    package let isFirst: Bool

    /// A text that begins with `{` is a record, any other a reference, which means `catalog` if it names none.
    ///
    /// - Throws: `bad_ref` (`permanent`), and what ``Record`` throws for one.
    package init(_ text: [UInt8], first: Bool, catalog: String = Reference.unnamedCatalog) throws(Failure) {
        if text.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
            let record = try Self.record(text)
            if record.parent == nil, record.kind == "request" { try Self.check(try record.ref ?? "") }
            self.init(record, formerID: nil, first: first)
        } else {
            let reference = try Self.reference(text)
            try Self.check(reference)
            let told = try Wanted(reference).request(catalog: catalog)
            let former = Self.formerID(of: reference)
            self.init(
                told, formerID: former.flatMap { $0.utf8.elementsEqual(told.id.utf8) ? nil : $0 }, first: first)
        }
    }

    /// A request for what a record asks for.
    package init(_ record: Record) { self.init(record, formerID: nil, first: false) }

    private init(_ record: Record, formerID: String?, first: Bool) {
        var record = record
        userInfos = record.takeUserInfo()
        (self.record, self.formerID, isCollection, isFirst) = (record, formerID, record.isCollection, first)
    }

    /// A request for an item whose id is already known.
    package init(id: String) {
        record = Record(request: id, id: id)
        (formerID, userInfos, isCollection, isFirst) = (nil, [], record.isCollection, false)
    }

    /// Stores the passwords that its links contained, and says so through `tell`.
    ///
    /// - Throws: what ``KeptPasswords`` throws.
    package func keepPasswords(tell: (String) -> Void) throws(Failure) {
        for userInfo in userInfos {
            if let news = try KeptPasswords.keep(userInfo, under: [record.id]) { tell(news) }
        }
    }

    /// Throws if it asks for something on this machine that does not exist.
    func checkFile() throws(Failure) {
        guard record.kind == "request", let ref = try record.ref else { return }
        if let path = FolderPath.path(of: ref) { return try FolderPath.check(path) }
        if ref.hasPrefix("/") { try ListPath.check(ref) }
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
            throw .permanent("bad_ref", "the reference is not UTF-8: \(String(escaping: text.prefix(200)))")
        }
        return Wanted.trimmed(reference)
    }

    /// Throws for options that a reference cannot have.
    private static func check(_ reference: String) throws(Failure) {
        if let mistake = Reference.mistake(in: reference) { throw .permanent("bad_ref", mistake) }
    }

    private static func formerID(of told: String) -> String? {
        let text = Reference.plain(told)
        guard let reference = Reference(text) else { return nil }
        return reference.catalog == nil ? "\(Reference.unnamedCatalog):\(text)" : text
    }
}

extension Record {
    /// Whether, by its id, it asks for more than one track.
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

    /// Queues it at the first stage for its kind, under its own id.
    ///
    /// - Throws: what the ``Ledger`` throws.
    package func admit(_ request: ItemRequest) throws -> Addition {
        try admit(request.record)
        return .added
    }
}
