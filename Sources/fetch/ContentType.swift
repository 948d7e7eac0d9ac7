import Web
import Wire

/// The type that a server declares.
enum ContentType {
    /// The failure `wrong_type` for a declared page or document; the bytes may contradict it, since many servers declare
    /// unknown files as text.
    static func suspicion(_ head: Head) -> Failure? {
        let type = type(of: head)
        guard type.hasPrefix("text/") || isPage(head) else { return nil }
        return .transient("wrong_type", "\(head.host) sent \(type) in place of audio", host: head.host)
    }

    /// Whether the declared type is one of documents that are never media.
    static func isPage(_ head: Head) -> Bool {
        let type = type(of: head)
        return ["json", "xml", "html"].contains { type.hasSuffix("/\($0)") || type.hasSuffix("+\($0)") }
    }

    private static func type(of head: Head) -> String {
        head.fields["content-type"]?.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace } ?? ""
    }
}
