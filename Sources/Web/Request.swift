import Wire

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

/// Which credential a request is made with, and whose word that is.
package enum Auth: Equatable {
    /// A record's, which may name what nobody has.
    case named(String)
    /// A catalog's, which is called so; some take no request without it.
    case own(String, isNeeded: Bool)
    /// Nobody's: a link is asked for with what is known for its host, first with what is kept under one of these names.
    case link([String])

    /// For a link that somebody asks for, or that a list has: what came in it, or in the link of its list, is under their ids.
    package static func link(_ record: Record) -> Auth {
        .link([record.id] + record.aliases + [record.parent].compactMap(\.self))
    }
}

/// The head of an answer.
package struct Head: Equatable, Sendable {
    package var status: Int
    /// The host that gave it, after redirects.
    package var host: String
    /// Values by the names of the fields in lower case; of several with one name the last.
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
