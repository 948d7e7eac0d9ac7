import Files
import Web
import Wire

/// Where a document may come from.
enum DocumentSource {
    case request
    /// An answer that this process or another got within the last hour, or else a request.
    case kept
}

/// Documents that many tracks need, such as their album's: each is requested by the first process that needs it, while
/// the others wait for it.
final class SharedDocuments {
    private let folder: DocumentFolder?
    private let client: Client
    private let wait: (Double) throws(Failure) -> Void

    /// How many seconds to wait for another process's request before making the same.
    private static let patience = 10.0

    /// Without a folder every document is requested.
    init(folder: String?, client: Client, wait: @escaping (Double) throws(Failure) -> Void) {
        (self.folder, self.client, self.wait) = (folder.map { DocumentFolder($0) }, client, wait)
    }

    /// The document at an address; `request` gets it, and its answer is kept for others. A failure is not kept.
    func document(
        _ address: String, _ auth: Auth, from source: DocumentSource, request: () throws(Failure) -> JSONObject
    ) throws(Failure) -> JSONObject {
        guard let folder, let name = try name(address, auth) else { return try request() }
        // How near a host is, which decides what its answers may lead to, only a request can tell.
        let mayReuse = try source == .kept ? client.hasAsked(address) : false
        if mayReuse, let document = folder.document(name) { return document }
        guard let file = try place(for: name, in: folder, patience: mayReuse ? Self.patience : 0) else {
            return try request()
        }
        do throws(Failure) {
            if mayReuse, let document = folder.document(name) {
                file.discard()
                return document
            }
            let document = try request()
            // The credentials may have changed meanwhile.
            if try self.name(address, auth) == name { folder.keep(document, name, in: file) } else { file.discard() }
            return document
        } catch {
            file.discard()
            throw error
        }
    }

    /// Nil where nothing can be written, or another process takes too long.
    private func place(
        for name: String, in folder: DocumentFolder, patience: Double
    ) throws(Failure) -> PartialFile? {
        var (waited, seconds) = (0.0, 0.002)
        while true {
            do throws(Failure) {
                return try folder.place(for: name)
            } catch  where error.code != "busy" || waited >= patience {
                return nil
            } catch {
                try wait(seconds)
                (waited, seconds) = (waited + seconds, min(seconds * 1.5, 0.02))
            }
        }
    }

    /// Nil where the answer to one credential cannot be told from that to another.
    private func name(_ address: String, _ auth: Auth) throws(Failure) -> String? {
        try client.credentialMark(auth, for: address).map { String(SHA256.of("\(address)\n\($0)").prefix(32)) }
    }
}
