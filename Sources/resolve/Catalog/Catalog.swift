import Limiter
import Web
import Wire

/// A remote catalog of the documented public shape: contract, section 5.
final class Catalog {
    /// The first part of the ids of everything from this catalog.
    let name: String
    var host: String { base.host }
    var address: String { base.appending("") }
    let base: Address
    let client: Client
    private let hosts: Hosts
    private let documents: SharedDocuments
    /// The documents of the list that is being read, if it has to be known whether they change.
    var watched: SeenDocuments?

    /// How many rows are requested at once.
    private static let pageSize = 100
    /// The most pages of a list: five million rows, more than any list of music has.
    private static let mostPages = 50_000
    private static let maximumBytes = 8 << 20
    private static let maximumDepth = 64
    static let advice = "see that --catalog leads to a catalog"
    /// Seconds to wait after the catalog has said that the quota is used up.
    private static let quotaPause = 5

    init(name: String, base: Address, client: Client, hosts: Hosts, documents: SharedDocuments) {
        (self.name, self.base, self.client, self.hosts) = (name, base, client, hosts)
        self.documents = documents
    }

    /// The document of one object, such as `("album", "2")`; one with another id than requested is refused.
    func object(
        _ kind: Reference.Kind, _ id: String, _ source: DocumentSource = .request
    ) throws(Failure) -> JSONObject {
        let address = address(of: kind, id)
        return try document(of: kind, address, auth, source) { () throws(Failure) in
            let object = try document(address, auth, "\(kind.rawValue) \(id)")
            if let answered = object["id"]?.identifier, !isLookUp(id), !answered.utf8.elementsEqual(id.utf8) {
                throw .otherID(kind, id, answered, host: base.host)
            }
            return object
        }
    }

    /// The address of one object's document.
    func address(of kind: Reference.Kind, _ id: String) -> String {
        base.appending("/\(kind.rawValue)/\(escape(id))")
    }

    /// Whether the id is not the catalog's own, but a common one such as `isrc:…`.
    private func isLookUp(_ id: String) -> Bool { id.utf8.contains(UInt8(ascii: ":")) }

    static let otherID: Failure.Code = "other_id"

    /// The files that the media manifest offers for a track, best first.
    func manifest(track id: String, formats: [String]) throws(Failure) -> [JSON] {
        let query = formats.isEmpty ? "" : "?formats=" + formats.map(escape).joined(separator: ",")
        return try document(base.appending("/media/\(escape(id))\(query)"), auth, "media of track \(id)")["data"]?
            .listed
            ?? []
    }

    /// Passes an object's list to `each` page by page, following `next`; false from `each` ends it. `total` is how many rows
    /// the list has according to the page.
    ///
    /// A page seen before, or an empty one that names a next one, is the end; a list with too many pages is a failure.
    /// `name` is the credential that the list's own document names for them; a page may name another one for those after it.
    func pages(
        _ kind: Reference.Kind, _ id: String, of list: String = "tracks", _ source: DocumentSource = .request,
        auth name: String? = nil, each: (_ rows: [JSON], _ total: Int?) throws(Failure) -> Bool
    ) throws(Failure) {
        var address: String? = base.appending("/\(kind.rawValue)/\(escape(id))/\(list)?index=0&limit=\(Self.pageSize)")
        var (seen, auth): (Set<String>, Auth) = ([], name.map(Auth.named) ?? self.auth)
        while let current = address, seen.insert(current).inserted {
            guard seen.count <= Self.mostPages else { throw noDocument(current, "a page too many") }
            let page = try document(of: kind, current, auth, source) { () throws(Failure) in
                try self.page(current, auth, "\(list) of \(kind.rawValue) \(id)")
            }
            auth = page["auth"]?.string.map(Auth.named) ?? auth
            let rows = page["data"]?.listed ?? []
            guard try each(rows, page["total"]?.integer), !rows.isEmpty else { return }
            // Some catalogs write an empty text when there is no next page.
            address = page["next"]?.string.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : base.rebasing($0) }
        }
    }

    private func page(_ address: String, _ auth: Auth, _ what: String) throws(Failure) -> JSONObject {
        let page = try document(address, auth, what)
        guard let list = page["data"], list.isArray || !list.listed.isEmpty && list.object != nil else {
            throw noDocument(address, "no list")
        }
        return page
    }

    /// The first rows that a search for a text finds.
    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [JSON] {
        let list = kind == .track ? "search" : "search/\(kind.rawValue)"
        let page = try document(base.appending("/\(list)?q=\(escape(text))&limit=\(limit)"), auth, "search")
        return Array((page["data"]?.listed ?? []).prefix(limit))
    }

    var auth: Auth { .own(name, isNeeded: false) }

    /// Only an album's documents are kept: all of its tracks need them.
    private func document(
        of kind: Reference.Kind, _ address: String, _ auth: Auth, _ source: DocumentSource,
        request: () throws(Failure) -> JSONObject
    ) throws(Failure) -> JSONObject {
        kind == .album ? try documents.document(address, auth, from: source, request: request) : try request()
    }

    /// `what` describes the document in messages.
    private func document(_ address: String, _ auth: Auth, _ what: String) throws(Failure) -> JSONObject {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try client.document(address, limit: Self.maximumBytes, auth: auth) { [weak self] head in
                self?.watched?.note(head, at: address)
            }
        } catch {
            throw error.ofCatalog(address, what)
        }
        let value: JSON
        do throws(Malformed) {
            value = try JSON(parsing: bytes, maximumDepth: Self.maximumDepth)
        } catch {
            throw noDocument(address, "no JSON (\(error))")
        }
        guard let object = value.single else { throw noDocument(address, "no object") }
        if let error = CatalogError(object) {
            let hasSecret = try client.hasSecret(auth, for: address)
            let failure = error.failure(host: base.host, what, hasSecret: hasSecret)
            if failure.class == .throttled { try hosts.pause(host: base.host, seconds: Self.quotaPause) }
            throw failure
        }
        return object
    }

    /// The failure for an answer that is not what a catalog sends.
    private func noDocument(_ address: String, _ why: String) -> Failure {
        let place = Address.place(address)
        return .transient(
            "bad_document", "\(place) is no document of a catalog: \(why); \(Self.advice)", host: base.host)
    }

    private func escape(_ text: String) -> String { Address.escape(text) }
}

extension Failure {
    /// The failure for a 404 without a catalog's document: the server may not be a catalog at all.
    func ofCatalog(_ address: String, _ what: String) -> Failure {
        guard code == .http(404), let host else { return self }
        var failure = self
        failure.message =
            "\(host) has no \(what): \(Address.place(address)) answered 404 and no document of a catalog; see that the id "
            + "is right, and that --catalog leads to a catalog"
        return failure
    }

    /// The failure for an answer about another object than was requested.
    static func otherID(_ kind: Reference.Kind, _ asked: String, _ answered: String, host: String) -> Failure {
        let answered = answered.prefix(80)
        return .permanent(
            Catalog.otherID, "\(host) was asked for \(kind.rawValue) \(asked) and answered with \(answered)", host: host
        )
    }
}
