import Web
import Wire

/// What a server says that it sends.
enum ContentType {
    /// `wrong_type` where it says that it sends a page or a document, which its bytes may contradict: many call all that
    /// they do not know a text.
    static func suspicion(_ head: Head) -> Failure? {
        let type = type(of: head)
        guard type.hasPrefix("text/") || isPage(head) else { return nil }
        return .transient("wrong_type", "\(head.host) sent \(type) in place of audio", host: head.host)
    }

    /// Whether it says that it sends what is no file of anybody's.
    static func isPage(_ head: Head) -> Bool {
        let type = type(of: head)
        return ["json", "xml", "html"].contains { type.hasSuffix("/\($0)") || type.hasSuffix("+\($0)") }
    }

    private static func type(of head: Head) -> String {
        head.fields["content-type"]?.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace } ?? ""
    }
}
