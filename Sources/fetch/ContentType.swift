import Web
import Wire

/// What a server says that it sends.
enum ContentType {
    /// Throws `wrong_type` for a page or a document in place of audio.
    static func check(_ head: Head) throws(Failure) {
        guard let field = head.fields["content-type"] else { return }
        let type = field.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        let isText =
            type.hasPrefix("text/")
            || ["json", "xml", "html"].contains { type.hasSuffix("/\($0)") || type.hasSuffix("+\($0)") }
        if isText { throw .transient("wrong_type", "\(head.host) sent \(type) in place of audio", host: head.host) }
    }
}
