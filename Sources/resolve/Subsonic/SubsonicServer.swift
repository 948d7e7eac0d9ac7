import Web
import Wire

/// A music server that speaks the Subsonic API.
struct SubsonicServer {
    /// The first part of the ids of everything from this server, and the name of its credential.
    let name: String
    let base: Address
    let client: Client
    let documents: SharedDocuments

    var auth: Auth { .own(name, isNeeded: true) }

    /// The most bytes of an answer: a long playlist comes in one.
    private static let maximumBytes = 64 << 20

    /// A method's answer, under its name in the document; nil where the server leaves out an empty one.
    func ask(_ method: String, _ parameters: [(String, String)], for member: String) throws(Failure) -> JSONObject? {
        let address = address(method, parameters)
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try client.document(address, limit: Self.maximumBytes, auth: auth)
        } catch {
            throw error.ofCatalog(address, "Subsonic API")
        }
        if let error = SubsonicError(bytes) { throw error.failure(host: base.host) }
        guard let answer = (try? JSON(parsing: bytes, maximumDepth: 64))?.object?["subsonic-response"]?.single else {
            throw .transient(
                "bad_document",
                "\(Address.place(address)) does not answer as a Subsonic server; \(Catalog.advice)", host: base.host)
        }
        return answer[member]?.single
    }

    /// The object that a method returns for an id, under its kind's name; one with another id is refused.
    func object(_ method: String, _ kind: Reference.Kind, _ id: String) throws(Failure) -> JSONObject {
        guard let object = try ask(method, [("id", id)], for: kind.rawValue) else {
            throw .transient("bad_document", "\(base.host) answers \(method) without \(kind.rawValue)", host: base.host)
        }
        if let answered = object["id"]?.identifier, !answered.utf8.elementsEqual(id.utf8) {
            throw .otherID(kind, id, answered, host: base.host)
        }
        return object
    }

    /// An album, which all of its songs need.
    func album(_ id: String, _ source: DocumentSource) throws(Failure) -> JSONObject {
        try documents.document(address("getAlbum", [("id", id)]), auth, from: source) { () throws(Failure) in
            try object("getAlbum", .album, id)
        }
    }

    /// The URL of a method, without secrets.
    func address(_ method: String, _ parameters: [(String, String)]) -> String {
        let query = parameters.map { "\($0)=\(Address.escape($1))" }.joined(separator: "&")
        return base.appending("/rest/\(method).view" + (query.isEmpty ? "" : "?\(query)"))
    }
}
