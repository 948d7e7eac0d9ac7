import Wire

/// One request of a stage: a GET, unless it asks for properties or sends something.
package struct Request {
    package var url: String
    /// What is sent to the server by POST, which follows no redirect; nil for a GET.
    var body: String?
    /// Whole header lines such as `Range: bytes=5-`, in order.
    package var headers: [String] = []
    /// What is asked about a folder of a WebDAV server; redirects are asked the same.
    package var properties: PropertyRequest?
    package var auth: Auth?
    /// Whether it is for media, which is never content-decoded, and where a refusal may only mean that the URL has
    /// expired.
    package var isMedia = false
    /// Whether its headers ask for an answer only if that has changed; an answer of 304 is no refusal then.
    package var isConditional = false
    /// Whether it may lead to this machine or its network at all; a redirect from the internet never may.
    package var mayGoNear = true
    /// Seconds without a byte after which the request is abandoned.
    package var stall = 30.0
    /// The speed limit; nil for none.
    package var pace: SharedPace?
    /// How many requests share a transfer's part of that limit.
    package var companions = 1
    /// What its host may send over time; set for each host that is asked.
    var ration: BodyRation?
    /// Further header lines for each host that is asked, after redirects too.
    package var headersAt: (_ host: String) throws(Failure) -> [String] = { _ throws(Failure) in [] }

    /// Asked after each piece of the body; true when no more of it is wanted.
    package var isEnough: () -> Bool = { false }

    package init(url: String) { self.url = url }
}

/// Which credential a request is made with, and who named it.
package enum Auth: Equatable, Sendable {
    /// Named by a record, which may name one that does not exist.
    case named(String)
    /// The catalog's own, under the catalog's name; some catalogs accept no request without it.
    case own(String, isNeeded: Bool)
    /// Named by nobody: a link is requested with what is known for its host, first with what is kept under one of these
    /// names.
    case link([String])
    /// Named by nobody, for an address that the user of this machine gave: what there is for its host, of any scheme.
    case host

    /// For a link that a user asks for or that a list has: passwords from it, or from its list's link, are kept under
    /// their ids.
    package static func link(_ record: Record) -> Auth {
        .link([record.id] + record.aliases + [record.parent].compactMap(\.self))
    }
}

/// The status and header fields of an answer.
package struct Head: Equatable, Sendable {
    package var status: Int
    /// The host that gave it, after redirects.
    package var host: String
    /// Values keyed by the lower-case names of the fields; of several fields with one name, the last.
    package var fields: [String: String]
    /// Where the document is for good, if redirects said so of all the way there, or of its beginning.
    package var movedTo: String?

    package init(status: Int, host: String, fields: [String: String]) {
        (self.status, self.host, self.fields) = (status, host, fields)
    }

    /// Whether the document is as the request knew it; then there is no body.
    package var isUnchanged: Bool { status == 304 }

    /// The announced bytes of the body; nil for a chunked body, where the field means nothing.
    package var contentLength: Int? {
        fields["transfer-encoding"] == nil ? fields["content-length"].flatMap { Int($0) } : nil
    }

    /// The character set of the body that Content-Type names.
    package var charset: String? {
        let parameters = fields["content-type"]?.split(separator: ";").dropFirst() ?? []
        return parameters.lazy.compactMap { parameter in
            let plain = parameter.filter { !$0.isWhitespace && $0 != "\"" }
            let parts = plain.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.count == 2 && parts[0].lowercased() == "charset" ? parts[1] : nil
        }.first
    }
}
