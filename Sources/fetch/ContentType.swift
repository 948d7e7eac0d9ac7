import Web
import Wire

/// What a server says that it sends.
enum ContentType {
    /// `wrong_type` where it says that it sends a page or a document, which its bytes may contradict: many call all that
    /// they do not know a text.
    static func suspicion(_ head: Head) -> Failure? {
        guard let field = head.fields["content-type"] else { return nil }
        let type = field.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        let isText =
            type.hasPrefix("text/")
            || ["json", "xml", "html"].contains { type.hasSuffix("/\($0)") || type.hasSuffix("+\($0)") }
        guard isText else { return nil }
        return .transient("wrong_type", "\(head.host) sent \(type) in place of audio", host: head.host)
    }
}
