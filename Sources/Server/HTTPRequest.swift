import Foundation
import NIOHTTP1

/// What a client asks, whole.
package struct HTTPRequest: Sendable {
    package let method: String
    /// Its segments, decoded: `["v1", "items", "catalog:track:7"]`.
    package let path: [String]
    /// Decoded values by the names of the parameters.
    package let query: [String: String]
    package let contentType: String?
    package let body: [UInt8]

    /// Nil for a target that is no path, or one whose escapes are no UTF-8. Of parameters with one name the last counts.
    init?(_ head: HTTPRequestHead, body: [UInt8]) {
        guard let target = RequestTarget(head.uri) else { return nil }
        (method, path, query, self.body) = (head.method.rawValue, target.path, target.query, body)
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
