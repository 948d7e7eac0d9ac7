import Files
import Wire

extension Client {
    /// Sends a text to an address that the user of this machine gave, and ignores what is answered; `headers` are whole lines.
    ///
    /// - Throws: `bad_redirect` (`permanent`), since none is followed, and what ``transfer(_:onHead:onBody:)`` throws.
    package func post(_ body: String, to url: String, headers: [String]) throws(Failure) {
        var request = Request(url: url)
        (request.body, request.headers, request.auth) = (body, headers, .host)
        try transfer(request, onHead: { _ throws(Failure) in }) { _ throws(Failure) in }
    }

    /// The host of an address, with its port where one is given.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func host(of url: String) throws(Failure) -> String { try Target(url).host }

    /// The signatures of a text by Standard Webhooks, in base64, one for each secret that there is for the URL's host.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func signatures(of text: String, for url: String) throws(Failure) -> [String] {
        refreshCredentials()
        return credentials.credentials.signingKeys(for: try Target(url)).map { key in
            base64(hmacSHA256(Array(text.utf8), key: key))
        }
    }
}
