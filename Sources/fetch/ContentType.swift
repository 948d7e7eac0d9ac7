import Web
import Wire

/// The type that a server declares.
enum ContentType {
    /// The failure `wrong_type` for a declared page or document; the bytes may contradict it, since many servers declare
    /// unknown files as text.
    static func suspicion(_ head: Head) -> Failure? {
        let type = type(of: head)
        guard type.hasPrefix("text/") || isPage(type) else { return nil }
        return .transient("wrong_type", "\(head.host) sent \(type) in place of audio", host: head.host)
    }

    /// Whether the declared type is one of documents that are never media.
    static func isPage(_ head: Head) -> Bool { isPage(type(of: head)) }

    private static let pages = ["/json", "/xml", "/html", "+json", "+xml", "+html"]

    private static func isPage(_ type: String) -> Bool { pages.contains { type.hasSuffix($0) } }

    private static func type(of head: Head) -> String {
        let field = head.fields["content-type"] ?? ""
        let type = field.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 32 }
        return String(decoding: type, as: UTF8.self).lowercased()
    }
}
