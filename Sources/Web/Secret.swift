import CCurl
import Files
import Wire

/// What is sent to authenticate a request.
enum Secret: Equatable {
    case bearer(token: String)
    case basic(user: String, password: String)
    case header(name: String, value: String)
    /// `isClear` allows the password over plain http to another machine.
    case subsonic(user: String, password: String, isClear: Bool = false)
    case apikey(key: String)
    /// What a program gives, by its command for a shell: see ``AskedSecret``.
    case asked(command: String)
    /// Signs what is sent, and is never sent itself.
    case webhook(key: [UInt8])
    /// For MPD, which speaks no HTTP.
    case mpd(password: String)

    var isSubsonic: Bool {
        switch self {
        case .subsonic, .apikey: true
        case .bearer, .basic, .header, .asked, .webhook, .mpd: false
        }
    }

    /// Whether it is sent along with requests.
    var isOfRequests: Bool {
        switch self {
        case .webhook, .mpd: false
        case .bearer, .basic, .header, .subsonic, .apikey, .asked: true
        }
    }

    /// Whether it is sent in a header field.
    var isOfHeader: Bool { !isSubsonic && isOfRequests }

    private static let schemes = [
        "bearer": "TOKEN", "basic": "USER PASSWORD", "header": "NAME VALUE", "subsonic": "USER PASSWORD",
        "apikey": "KEY", "webhook": "SECRET", "exec": "COMMAND", "mpd": "PASSWORD"
    ]

    /// Reads a scheme and its arguments, of which a password or a value may be several words; an error never reveals
    /// them, since any may be the secret.
    init(_ words: [String]) throws(Words.Mistake) {
        switch (words[0], words.count) {
        case ("bearer", 2): self = .bearer(token: words[1])
        case ("basic", 3...): self = .basic(user: words[1], password: words[2...].joined(separator: " "))
        case ("header", 3...): self = .header(name: words[1], value: words[2...].joined(separator: " "))
        case ("subsonic", 4...) where words.last == "clear":
            let password = words[2...].dropLast().joined(separator: " ")
            self = .subsonic(user: words[1], password: password, isClear: true)
        case ("subsonic", 3...): self = .subsonic(user: words[1], password: words[2...].joined(separator: " "))
        case ("apikey", 2): self = .apikey(key: words[1])
        case ("exec", 2...): self = .asked(command: words[1...].joined(separator: " "))
        case ("webhook", 2): self = .webhook(key: try Self.signingKey(words[1]))
        case ("mpd", 2...): self = .mpd(password: words[1...].joined(separator: " "))
        default:
            guard let arguments = Self.schemes[words[0]] else {
                let known = Self.schemes.map { "\($0) \($1)" }.sorted().joined(separator: ", ")
                throw Words.Mistake(message: "behind NAME HOST it has none of the schemes that there are: \(known)")
            }
            throw Words.Mistake(
                message: "\(words[0]) takes \(arguments): what has white space in it stands between quotation marks")
        }
    }

    /// The bytes of a secret as Standard Webhooks writes it.
    private static func signingKey(_ text: String) throws(Words.Mistake) -> [UInt8] {
        let prefix = "whsec_"
        guard text.hasPrefix(prefix), let key = bytes(ofBase64: String(text.dropFirst(prefix.count))),
            (24...64).contains(key.count)
        else { throw Words.Mistake(message: "webhook takes whsec_ and 24 to 64 bytes in base64") }
        return key
    }

    /// Adds it to a request's header fields, if it belongs there.
    func apply(to handle: UnsafeMutableRawPointer?, _ lines: inout UnsafeMutablePointer<curl_slist>?) {
        switch self {
        case .bearer(let token): lines = needed(curl_slist_append(lines, "Authorization: Bearer \(token)"))
        case .header(let name, let value): lines = needed(curl_slist_append(lines, "\(name): \(value)"))
        case .basic(let user, let password):
            curl_set_long(handle, CURLOPT_HTTPAUTH, 1)
            setText(handle, CURLOPT_USERNAME, user)
            setText(handle, CURLOPT_PASSWORD, password)
        case .subsonic, .apikey, .asked, .webhook, .mpd: break
        }
    }

    /// The URL with the secret in its query, if it belongs there; this URL is never shown.
    func apply(to url: String, _ proof: SubsonicProof) -> String {
        let own: String
        switch self {
        case .bearer, .basic, .header, .asked, .webhook, .mpd: return url
        case .apikey(let key): own = "apiKey=\(escaped(key))"
        case .subsonic(let user, let password, _): own = "u=\(escaped(user))&" + proof.query(password)
        }
        return url + (url.contains("?") ? "&" : "?") + own + "&v=1.13.0&c=segue&f=json"
    }
}

/// How a Subsonic server wants the password.
enum SubsonicProof {
    /// As a salted digest.
    case token
    /// As the password itself in hex digits, for servers that keep no password to hash.
    case password

    func query(_ password: String) -> String {
        switch self {
        case .token:
            let salt = String(UInt64.random(in: .min ... .max), radix: 16)
            return "t=\(md5(password + salt))&s=\(salt)"
        case .password: return "p=enc:" + hexadecimal(Array(password.utf8))
        }
    }
}

/// The text, escaped for use in a query.
private func escaped(_ text: String) -> String {
    text.utf8.reduce(into: "") { escaped, byte in
        let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        escaped += isPlain ? String(Unicode.Scalar(byte)) : "%" + hexadecimal([byte])
    }
}
