import Web
import Wire

/// One request that a source asks for.
struct SourceGet {
    enum Form: String { case text, json, file }

    let url: String
    let form: Form
    /// What is asked about a folder of a WebDAV server, in place of the bytes.
    let properties: PropertyRequest?

    private static let longestContent = 64 << 10

    /// Throws `bad_record` (`permanent`) for what the manual does not know.
    init(_ line: JSONObject) throws(Failure) {
        let section = Section("get", line)
        guard let url = try section.string("url") else { throw .permanent("bad_record", "get.url is missing") }
        guard let form = Form(rawValue: try section.string("as") ?? Form.text.rawValue) else {
            throw .permanent("bad_record", "get.as is not text, json or file")
        }
        (self.url, self.form) = (url, form)
        let (depth, content) = (try section.integer("depth"), try section.string("content") ?? "")
        switch try section.string("method") ?? "GET" {
        case "GET" where depth == nil && content.isEmpty: properties = nil
        case "PROPFIND" where content.utf8.count <= Self.longestContent:
            guard let depth, depth == 0 || depth == 1 else {
                throw .permanent("bad_record", "get.depth is neither 0 nor 1")
            }
            properties = PropertyRequest(includesMembers: depth == 1, content: content)
        default:
            throw .permanent(
                "bad_record", "get.method is neither GET nor PROPFIND, or has a content that it cannot have")
        }
    }

    /// What was asked for, as it is told from other requests.
    var key: String { (properties == nil ? "GET " : "PROPFIND ") + url }
}
