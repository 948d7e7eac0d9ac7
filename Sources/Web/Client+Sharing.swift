import Files
import Wire

/// What has to be known of a request before another program's answer to the same one may stand in for its own.
extension Client {
    /// A text that is the same for requests with the same credential, and holds no secret: empty for none, nil where one
    /// credential cannot be told from another.
    ///
    /// - Throws: `bad_url` (`permanent`), or `no_credential`, which is `permanent` for what a record names and
    ///   `config` for a catalog that needs one.
    package func credentialMark(_ auth: Auth, for url: String) throws(Failure) -> String? {
        refreshCredentials()
        return try hasSecret(auth, for: url) ? credentials.source?.text : ""
    }

    /// Whether this client has asked the URL's host, and so knows how near it is.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func hasAsked(_ url: String) throws(Failure) -> Bool { reaches[try Target(url).host] != nil }
}
