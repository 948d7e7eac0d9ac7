import CCurl
import Wire

/// What is sent to prove who asks.
enum Secret: Equatable {
    case bearer(token: String)
    case basic(user: String, password: String)
    case header(name: String, value: String)
    case subsonic(user: String, password: String)
    case apikey(key: String)

    /// Reads a scheme and its arguments.
    init?(_ words: [String]) {
        switch (words[0], words.count) {
        case ("bearer", 2): self = .bearer(token: words[1])
        case ("basic", 3): self = .basic(user: words[1], password: words[2])
        case ("header", 3...): self = .header(name: words[1], value: words[2...].joined(separator: " "))
        case ("subsonic", 3): self = .subsonic(user: words[1], password: words[2])
        case ("apikey", 2): self = .apikey(key: words[1])
        default: return nil
        }
    }

    /// Puts it on a request; `unsupported` for one that does not go into a request's head.
    func apply(to handle: UnsafeMutableRawPointer?, _ lines: inout UnsafeMutablePointer<curl_slist>?) throws(Failure) {
        switch self {
        case .bearer(let token): lines = curl_slist_append(lines, "Authorization: Bearer \(token)")
        case .header(let name, let value): lines = curl_slist_append(lines, "\(name): \(value)")
        case .basic(let user, let password):
            curl_set_long(handle, CURLOPT_HTTPAUTH, 1)
            curl_set_text(handle, CURLOPT_USERNAME, user)
            curl_set_text(handle, CURLOPT_PASSWORD, password)
        case .subsonic: throw .config("unsupported", "credentials of scheme subsonic cannot be sent yet")
        case .apikey: throw .config("unsupported", "credentials of scheme apikey cannot be sent yet")
        }
    }
}
