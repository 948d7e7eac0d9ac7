import CCurl
import Files
import Wire

/// A URL that can be requested: http or https, with a host.
struct Target: Equatable {
    let url: String
    /// The host in lower case, with the port where one is given.
    let host: String
    /// The host in lower case, without the port.
    let name: String
    /// The port, given or not.
    let port: Int
    let isEncrypted: Bool
    /// Scheme, host and port, as origins are compared.
    let origin: String
    /// The user info of the link, which is not part of `url`.
    let userInfo: UserInfo?

    /// Reads a link as people write it.
    ///
    /// - Throws: `bad_url` (`permanent`).
    init(_ link: String) throws(Failure) {
        let (plain, userInfo) = WebLink.divided(link)
        let url = WebLink.url(plain)
        let parts = needed(curl_url())
        defer { curl_url_cleanup(parts) }
        guard Self.succeeds(curl_url_set(parts, CURLUPART_URL, url, 0)),
            let scheme = Self.part(parts, CURLUPART_SCHEME),
            ["http", "https"].contains(scheme), let name = Self.part(parts, CURLUPART_HOST), !name.isEmpty
        else { throw .permanent("bad_url", "not an http or https URL") }
        (self.url, self.userInfo) = (url, userInfo)
        self.name = name.lowercased()
        isEncrypted = scheme == "https"
        port = Self.part(parts, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap { Int($0) } ?? 0
        host = self.name + (Self.part(parts, CURLUPART_PORT).map { ":" + $0 } ?? "")
        origin = WebLink.origin(of: url) ?? "\(scheme)://\(host)"
    }

    /// Whether a secret meant for `first` may also be sent here: to the same host and port, and never from https to
    /// http.
    func mayHaveSecrets(of first: Target) -> Bool { host == first.host && (isEncrypted || !first.isEncrypted) }

    static func part(_ url: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard succeeds(curl_url_get(url, part, &text, flags)), let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    static func succeeds(_ code: CURLUcode) -> Bool {
        if code == CURLUE_OUT_OF_MEMORY { endForLackOfMemory() }
        return code == CURLUE_OK
    }
}
