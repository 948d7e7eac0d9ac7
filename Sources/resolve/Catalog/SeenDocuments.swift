import Web
import Wire

/// By what a catalog tells whether the documents of a list have changed since they were read.
struct SeenDocuments {
    /// The documents, in the order in which they were read.
    private(set) var documents: [(address: String, seen: SeenList)] = []
    /// How the addresses of the list's documents begin.
    private let start: String

    /// More are not worth so many requests.
    private static let most = 50

    /// For a list that is about to be read, by the address of its own document.
    init(of start: String) { self.start = start }

    /// What a request says; nil where that is nothing.
    init?(_ request: Record) {
        guard let said = SeenList.said(in: request)?["documents"]?.elements.compactMap(\.object), !said.isEmpty else {
            return nil
        }
        start = ""
        documents = said.map { ($0["url"]?.string ?? "", SeenList($0)) }
    }

    /// Notes what an answer says of one of the list's documents.
    mutating func note(_ head: Head, at address: String) {
        guard address == start || address.hasPrefix(start + "/") else { return }
        documents.append((address, SeenList(head)))
    }

    /// Nil unless the catalog says something of each of them.
    var value: JSON? {
        guard (1...Self.most).contains(documents.count), documents.allSatisfy({ !$0.seen.headers.isEmpty }) else {
            return nil
        }
        var object = JSONObject()
        object["documents"] = .array(
            documents.map { address, seen in
                var members = seen.members
                members["url"] = .string(address)
                return members.value
            })
        return SeenList.saying(object)
    }
}

extension Catalog {
    /// Whether the documents of a list are all as they were when it was seen; if not, it is noted from now on by what they
    /// are known, where the request asks for that. One that is refused for good is not as it was.
    func isUnchanged(_ reference: Reference, for request: Record) throws(Failure) -> Bool {
        watched = nil
        guard request["seen"] != nil else { return false }
        if let seen = SeenDocuments(request), try isUnchanged(seen) { return true }
        watch(reference)
        return false
    }

    private func isUnchanged(_ seen: SeenDocuments) throws(Failure) -> Bool {
        do throws(Failure) {
            for (address, seen) in seen.documents {
                guard base.owns(address), !seen.headers.isEmpty,
                    try client.isUnchanged(address, headers: seen.headers, auth: auth)
                else { return false }
            }
            return true
        } catch let error where error.class == .permanent {
            return false
        }
    }

    /// An artist's documents are too many.
    private func watch(_ reference: Reference) {
        let isOne = [.playlist, .album].contains(reference.kind)
        watched = isOne ? SeenDocuments(of: address(of: reference.kind, reference.id)) : nil
    }
}
