import Wire

/// The user and the password that precede the host in a link.
package struct UserInfo: Equatable, Sendable {
    /// The origin of that link.
    package let origin: String
    package let user: String
    package let password: String

    package init(origin: String, user: String, password: String) {
        (self.origin, self.user, self.password) = (origin, user, password)
    }
}

extension WebLink {
    /// Splits a link into itself without user info, and the user info; nil where there is none, or the link is not a
    /// web link.
    package static func divided(_ link: String) -> (plain: String, userInfo: UserInfo?) {
        guard link.utf8.contains(UInt8(ascii: "@")), let start = link.firstRange(of: "://")?.upperBound,
            let at = userInfoEnd(of: link, from: start)
        else {
            return (link, nil)
        }
        let plain = link[..<start] + link[link.index(after: at)...]
        let parts = link[start..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = decoded(parts[0])
        let password = parts.count > 1 ? decoded(parts[1]) : ""
        guard let origin = origin(of: String(plain)), !(user + password).isEmpty else { return (String(plain), nil) }
        return (String(plain), UserInfo(origin: origin, user: user, password: password))
    }

    /// A link as messages show it: without user info, cut off at 200 characters, and with `…` in place of what follows
    /// its `?` or `#`, since these parts may hold secrets.
    package static func shown(_ link: String) -> String {
        let plain = divided(link).plain
        guard plain.contains("://"), let query = plain.firstIndex(where: { $0 == "?" || $0 == "#" }) else {
            return String(plain.prefix(200))
        }
        return plain[...query].prefix(200) + "…"
    }

    /// Scheme, host and port of a web link, the port only where it is not the default; nil for any other link.
    package static func origin(of link: String) -> String? {
        guard let scheme = scheme(of: link) else { return nil }
        let authority = link.utf8.dropFirst(scheme.utf8.count).prefix { !"/\\?#".utf8.contains($0) }
        let usual = scheme == "https://" ? ":443" : ":80"
        let named = String(Substring(authority)).lowercased()
        let host = named.hasSuffix(usual) ? String(named.dropLast(usual.count)) : named
        return host.isEmpty ? nil : scheme + host
    }

    /// The `@` after the user info.
    ///
    /// People paste passwords that contain a slash: the part before it then looks like a host with an invalid port.
    private static func userInfoEnd(of link: String, from start: String.Index) -> String.Index? {
        let authority = link[start...].prefix { !"/\\?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { return at }
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]"),
            authority[colon...].dropFirst().contains(where: { !$0.isASCII || !$0.isNumber })
        else { return nil }
        return link[authority.endIndex...].firstIndex(of: "@")
    }

    private static func decoded(_ text: Substring) -> String {
        String(decoding: percentDecoded(text.utf8), as: UTF8.self)
    }
}

/// The bytes with each `%XX` decoded; a `%` before anything else stays.
func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8] {
    var (decoded, rest) = ([UInt8](), Array(text)[...])
    while let byte = rest.popFirst() {
        let digits = rest.prefix(2)
        if byte == UInt8(ascii: "%"), digits.count == 2,
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-")
        {
            decoded.append(value)
            rest = rest.dropFirst(2)
        } else {
            decoded.append(byte)
        }
    }
    return decoded
}

extension Record {
    /// Removes the user info from the record's own links, in order, so that no secret is passed on in it.
    ///
    /// The `auth` of a catalog's media then says that it is kept under the record's id.
    package mutating func takeUserInfo() -> [UserInfo] {
        let id = id
        var found: [UserInfo] = []
        if let ref = self["ref"]?.string, case let (plain, userInfo) = WebLink.divided(ref), plain != ref {
            self["ref"] = .string(plain)
            if let userInfo { found.append(userInfo) }
        }
        let links = [("offer", "url"), ("media", "url"), ("track", "artwork_url"), ("track", "artist_artwork_url")]
        for (section, member) in links {
            guard let link = self[section]?.object?[member]?.string, case let (plain, userInfo) = WebLink.divided(link),
                plain != link
            else { continue }
            edit(section) { object in
                object[member] = .string(plain)
                if userInfo != nil, section != "track", object["auth"]?.string == nil { object["auth"] = .string(id) }
            }
            if let userInfo { found.append(userInfo) }
        }
        return found
    }
}
