import Foundation
import NIOCore
import NIOHTTP1
import Wire

/// Decides which requests are allowed: none from a page of another origin, and none without the token if there is one.
package struct Gate: Sendable {
    private let token: [UInt8]?
    private let names: Set<String>

    /// `token` is what each request has to present; `names` are the server's own, beside its addresses and `localhost`.
    package init(token: String?, names: [String] = []) {
        self.token = token.map { Array($0.utf8) }
        self.names = Set(names.map { $0.lowercased() }).union(["localhost"])
    }

    /// The answer to a request that is refused; nil if it is allowed.
    func refusal(of head: HTTPRequestHead) -> HTTPResponse? {
        let hosts = head.headers["Host"]
        guard hosts.count == 1, let host = hosts.first?.lowercased(), let name = Self.name(in: host) else {
            return .problem(400, "bad_host", "the request needs exactly one Host")
        }
        // With a name of their own that resolves to this machine, strangers' pages would count as ours.
        guard names.contains(name) || Self.isAddress(name) else {
            return .problem(
                421, "unknown_host", "this server has no name \(name.prefix(200)); add it with --allow-host")
        }
        guard isOwn(head, host: host) else {
            return .problem(403, "other_origin", "requests from pages of other origins are refused")
        }
        guard isKnown(head) else {
            var refusal = HTTPResponse.problem(
                401, "no_token", "this server needs its token, as Authorization: Bearer TOKEN")
            refusal.headers += [("WWW-Authenticate", "Bearer"), ("WWW-Authenticate", "Basic realm=\"segue\"")]
            return refusal
        }
        return nil
    }

    private func isOwn(_ head: HTTPRequestHead, host: String) -> Bool {
        for origin in head.headers["Origin"] where !["http://\(host)", "https://\(host)"].contains(origin.lowercased())
        {
            return false
        }
        let site = head.headers.first(name: "Sec-Fetch-Site") ?? "none"
        // Following a link to the page does no harm.
        let isVisit = head.method == .GET && head.headers.first(name: "Sec-Fetch-Mode") == "navigate" && head.uri == "/"
        return ["none", "same-origin"].contains(site) || isVisit
    }

    private func isKnown(_ head: HTTPRequestHead) -> Bool {
        guard let token else { return true }
        return head.headers["Authorization"].contains { Self.isEqual(Self.secret(in: $0), token) }
            || head.headers["Cookie"].flatMap { $0.split(separator: ";") }.contains { part in
                let part = part.drop { $0 == " " }
                return part.hasPrefix(Self.cookie)
                    && Self.isEqual(Array(part.utf8.dropFirst(Self.cookie.utf8.count)), token)
            }
    }

    private static let cookie = "segue="

    /// Sets a cookie by which a browser can authenticate where it cannot send a header.
    var cookie: String? {
        token.map { Self.cookie + String(decoding: $0, as: UTF8.self) + "; Path=/; HttpOnly; SameSite=Strict" }
    }

    /// The token itself, or a password with any user name.
    private static func secret(in authorization: String) -> [UInt8] {
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return [] }
        switch words[0].lowercased() {
        case "bearer": return Array(words[1].utf8)
        case "basic":
            let text = Data(base64Encoded: String(words[1])) ?? Data()
            return Array(text.drop { $0 != UInt8(ascii: ":") }.dropFirst())
        default: return []
        }
    }

    /// Takes the same time for a wrong token as for the right one.
    private static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Without the port.
    private static func name(in host: String) -> String? {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            return String(host[...end])
        }
        let name = host.prefix { $0 != ":" }
        return name.isEmpty ? nil : String(name)
    }

    private static func isAddress(_ name: String) -> Bool {
        let plain = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        return (try? SocketAddress(ipAddress: plain, port: 0)) != nil
    }
}
