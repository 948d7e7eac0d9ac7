import CCurl
import Wire

/// Secrets by name, each for one host: contract, section 4.
package struct Credentials {
    private var entries: [(name: String, host: String, secret: Secret)] = []

    package init() {}

    /// Reads `NAME HOST SCHEME ARGS` from each line; a line that is wrong is named by its number, never by its text.
    package init(text: [UInt8]) throws(Failure) {
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let line = String(decoding: line, as: UTF8.self)
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count >= 3, let secret = Secret(Array(words[2...])) else {
                throw .config("bad_credentials", "line \(index + 1) of the credentials is not NAME HOST SCHEME ARGS")
            }
            entries.append((words[0], words[1].lowercased(), secret))
        }
    }

    package func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

    /// The secret of that name if it is this host's; an unknown name throws.
    func secret(_ name: String, for host: String) throws(Failure) -> Secret? {
        guard has(name) else {
            throw .config("no_credential", "no credential is called \(name): add it to the file of --credentials", host: host)
        }
        let bare = host.split(separator: ":").first.map(String.init)
        return entries.first { $0.name == name && ($0.host == host || $0.host == bare) }?.secret
    }
}

/// What is sent to prove who asks.
enum Secret {
    case bearer(token: String)
    case basic(user: String, password: String)
    case header(name: String, value: String)

    init?(_ words: [String]) {
        switch (words[0], words.count) {
        case ("bearer", 2): self = .bearer(token: words[1])
        case ("basic", 3): self = .basic(user: words[1], password: words[2])
        case ("header", 3...): self = .header(name: words[1], value: words[2...].joined(separator: " "))
        default: return nil
        }
    }

    func apply(to handle: UnsafeMutableRawPointer?, _ lines: inout UnsafeMutablePointer<curl_slist>?) {
        switch self {
        case .bearer(let token): lines = curl_slist_append(lines, "Authorization: Bearer \(token)")
        case .header(let name, let value): lines = curl_slist_append(lines, "\(name): \(value)")
        case .basic(let user, let password):
            curl_set_long(handle, CURLOPT_HTTPAUTH, 1)
            curl_set_text(handle, CURLOPT_USERNAME, user)
            curl_set_text(handle, CURLOPT_PASSWORD, password)
        }
    }
}
