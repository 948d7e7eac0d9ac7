import Wire

/// An error that a catalog reports in an answer with status 200.
struct CatalogError: Equatable {
    private let code: Int?
    private let message: String

    /// Nil when the document reports none: `"error":[]` and `"error":{}` mean success.
    init?(_ document: JSONObject) {
        guard let error = document["error"] else { return nil }
        if let text = error.string, !text.isEmpty {
            (code, message) = (nil, text)
        } else if let object = error.object, object["code"] ?? object["message"] ?? object["type"] != nil {
            (code, message) = (
                object["code"]?.integer, object["message"]?.string ?? object["type"]?.string ?? "an error"
            )
        } else {
            return nil
        }
    }

    /// `what` was requested; `hasSecret` says whether a credential was sent, which may be what the catalog refuses.
    func failure(host: String, _ what: String, hasSecret: Bool) -> Failure {
        switch code {
        case 4: .throttled("quota", "the quota of \(host) is used up: \(message)", host: host, retryAfter: 5)
        case 700: .transient("catalog_busy", "\(host) is busy: \(message)", host: host)
        case 800: .permanent("no_data", "\(host) has no \(what): \(message)", host: host)
        case 300 where hasSecret:
            .config(
                "catalog_denied", "\(host) refuses the credential: \(message); see the file of --credentials",
                host: host)
        case 200, 300: .permanent("catalog_denied", "\(host) refuses \(what): \(message)", host: host)
        case let code? where (100..<1000).contains(code):
            .permanent(Failure.Code(rawValue: "catalog_\(code)"), "\(host) refuses \(what): \(message)", host: host)
        default: .transient("catalog_error", "\(host) failed over \(what): \(message)", host: host)
        }
    }
}
