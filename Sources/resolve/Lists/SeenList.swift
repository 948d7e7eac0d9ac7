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
        guard let seen = request["seen"]?.object, seen["as"]?.string == Self.reading else { return nil }
        (etag, modified) = (seen["etag"]?.string, seen["modified"]?.string)
    }

    /// The header lines of a request that is answered only if the list has changed.
    var headers: [String] {
        [("If-None-Match", etag), ("If-Modified-Since", modified)].compactMap { name, value in
            value.flatMap { Self.isPlain($0) ? "\(name): \($0)" : nil }
        }
    }

    var value: JSON {
        var object = JSONObject()
        object["etag"] = etag.map(JSON.string)
        object["modified"] = modified.map(JSON.string)
        object["as"] = .string(Self.reading)
        return object.value
    }

    /// Whether it can be part of a header line.
    private static func isPlain(_ value: String) -> Bool {
        (1...1000).contains(value.utf8.count) && value.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    }
}
