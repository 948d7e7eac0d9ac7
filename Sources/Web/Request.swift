/// One GET as a stage asks for it.
package struct Request {
    package var url: String
    /// Whole lines such as `Range: bytes=5-`.
    package var headers: [String] = []
    package var auth: Auth?
    /// Media is never content-decoded, and a refusal may only mean that its URL is out of date.
    package var isMedia = false
    /// Seconds without a byte before the request is given up.
    package var stall = 30.0
    /// Bytes a second, at most.
    package var maximumRate: Int?

    /// Asked after each piece of the body: whether no more of it is wanted.
    package var isEnough: () -> Bool = { false }

    package init(url: String) { self.url = url }
}

/// The name of a credential, and whose word it is.
package enum Auth: Equatable {
    /// A record's, which may name what nobody has.
    case named(String)
    /// A catalog's, which is called so; some take no request without it.
    case own(String, isNeeded: Bool)

    var name: String {
        switch self {
        case .named(let name), .own(let name, _): name
        }
    }
}

/// The head of an answer.
package struct Head: Equatable, Sendable {
    package var status: Int
    /// The host that gave it, after redirects.
    package var host: String
    /// By name in lower case; of several with one name the last.
    package var fields: [String: String]

    /// Bytes that the body is said to have; in a body that comes in chunks the field would mean nothing.
    package var contentLength: Int? {
        fields["transfer-encoding"] == nil ? fields["content-length"].flatMap { Int($0) } : nil
    }

    /// What the body is written in, as Content-Type says.
    package var charset: String? {
        let parameters = fields["content-type"]?.split(separator: ";").dropFirst() ?? []
        return parameters.lazy.compactMap { parameter in
            let plain = parameter.filter { !$0.isWhitespace && $0 != "\"" }
            let parts = plain.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.count == 2 && parts[0].lowercased() == "charset" ? parts[1] : nil
        }.first
    }
}
