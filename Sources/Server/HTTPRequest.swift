import Foundation
import NIOHTTP1

/// A complete request of a client.
package struct HTTPRequest: Sendable {
    package let method: String
    /// The segments of the path, decoded: `["v1", "items", "catalog:track:7"]`.
    package let path: [String]
    /// The values of the query's parameters, by name, decoded.
    package let query: [String: String]
    package let contentType: String?
    /// The body's bytes; empty if there is none.
    package let body: [UInt8]
    /// Whether somebody waits for the answer to a request that runs programs; nil for any other request.
    package let errand: Errand?

    /// Nil for a target that is not a path, or whose escapes are not UTF-8. A parameter given twice has its last value.
    init?(_ head: HTTPRequestHead, body: [UInt8], errand: Errand? = nil) {
        guard let target = RequestTarget(head.uri) else { return nil }
        (method, path, query, self.body) = (head.method.rawValue, target.path, target.query, body)
        self.errand = errand
        contentType = head.headers.first(name: "Content-Type").map { $0.prefix { $0 != ";" }.lowercased() }
    }
}

/// The path and the parameters of a request's target.
struct RequestTarget: Equatable {
    let path: [String]
    let query: [String: String]

    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = parts[0].split(separator: "/").map { $0.removingPercentEncoding }
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? sides[1].replacing("+", with: " ") : ""
            guard let name = sides[0].removingPercentEncoding, let value = value.removingPercentEncoding else {
                return nil
            }
            query[name] = value
        }
        guard !segments.contains(nil) else { return nil }
        (path, self.query) = (segments.compactMap { $0 }, query)
    }
}
