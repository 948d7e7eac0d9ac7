/// The members of a query that do not say which file is meant.
enum QueryNoise {
    /// The link without them; byte for byte unchanged where there are none.
    static func stripped(_ link: String) -> String {
        let mark = link.firstIndex(of: "?") ?? link.endIndex
        let path = withoutSession(link[..<mark])
        guard mark < link.endIndex else { return path }
        let members = link[link.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let names = Set(members.map(name))
        let kept = members.filter { !isNoise(name($0), beside: names) }
        guard kept.count < members.count else { return path + String(link[mark...]) }
        return kept.isEmpty ? path : "\(path)?\(kept.joined(separator: "&"))"
    }

    private static func withoutSession(_ path: Substring) -> String {
        let bare = path.contains(";") ? path.replacing(/;jsessionid=[^;\/]*/.ignoresCase(), with: "") : path
        return String(bare)
    }

    /// A member's name in lower case, without the rest of a doubly escaped ampersand.
    private static func name(_ member: Substring) -> String {
        let name = member.prefix { $0 != "=" }.lowercased()
        return name.hasPrefix("amp;") ? String(name.dropFirst(4)) : name
    }

    private static func isNoise(_ name: String, beside others: Set<String>) -> Bool {
        if known.contains(name) || beginnings.contains(where: name.hasPrefix) { return true }
        return signed.contains { $0.members.contains(name) && !$0.beside.isDisjoint(with: others) }
    }

    private static let beginnings = [
        "utm_", "x-amz-", "x-goog-", "aw_0_", "mc_", "mtm_", "pk_", "hsa_", "aspsessionid"
    ]

    private static let known = words(
        """
        updated modified mtime lastmod last_modified
        token access_token auth_token authtoken auth jwt hdnea hdnts hdntl __token__ __gda__ nva nvb
        expires expire expiry expiration exp signature sig sign hmac
        key-pair-id policy awsaccesskeyid googleaccessid response-content-disposition response-content-type
        cb cachebuster cache_buster cache-buster cachebust nocache no_cache _ ts timestamp rnd rand random nonce ver
        phpsessid jsessionid sessionid session_id session sess cfid cftoken listeningsessionid
        fbclid gclid dclid gbraid wbraid msclkid yclid twclid igshid li_fat_id mkt_tok _ga _gl _hsenc _hsmi
        oly_enc_id oly_anon_id vero_id s_cid
        """)

    /// Short names that are part of a signature where one of the others is present.
    private static let signed = [
        (words("md5 hash st"), beside: words("expires expire expiry exp")),
        (words("sv st se sr sp spr sip ss srt skoid sktid skt ske sks skv"), beside: words("sig"))
    ].map { (members: $0.0, beside: $0.beside) }

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
