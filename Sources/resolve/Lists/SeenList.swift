import Files
import Web
import Wire

/// By what a server tells whether a list has changed since it was read, and how it was read then.
struct SeenList {
    private let etag: String?
    private let modified: String?

    /// Other options, or another version, may make something else of the same list.
    private static let reading = String(
        SHA256.of(([Version.project] + CommandLine.arguments.dropFirst()).joined(separator: "\n")).prefix(16))

    /// What an answer says.
    init(_ head: Head) { (etag, modified) = (head.fields["etag"], head.fields["last-modified"]) }

    /// What a request says; nil where that is nothing, or was of another reading.
    init?(_ request: Record) {
        guard let seen = Self.said(in: request) else { return nil }
        self.init(seen)
    }

    /// What a member of `seen` says.
    init(_ seen: JSONObject) { (etag, modified) = (seen["etag"]?.string, seen["modified"]?.string) }

    /// What a request says of an earlier reading; nil where that is nothing, or another reading was meant.
    static func said(in request: Record) -> JSONObject? {
        guard let seen = request["seen"]?.object, seen["as"]?.string == reading else { return nil }
        return seen
    }

    /// The header lines of a request that is answered only if the list has changed.
    var headers: [String] {
        [("If-None-Match", etag), ("If-Modified-Since", modified)].compactMap { name, value in
            value.flatMap { Self.isPlain($0) ? "\(name): \($0)" : nil }
        }
    }

    var value: JSON { Self.saying(members) }

    var members: JSONObject {
        var object = JSONObject()
        object["etag"] = etag.map(JSON.string)
        object["modified"] = modified.map(JSON.string)
        return object
    }

    /// What is said of a reading, with how it was made.
    static func saying(_ seen: JSONObject) -> JSON {
        var seen = seen
        seen["as"] = .string(reading)
        return seen.value
    }

    /// Whether it can be part of a header line.
    private static func isPlain(_ value: String) -> Bool {
        (1...1000).contains(value.utf8.count) && value.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    }
}
