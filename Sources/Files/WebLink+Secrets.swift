extension WebLink {
    /// A link without user info, and without what in its query may be a secret: by its name, or since it is a long word
    /// that nobody would choose.
    package static func withoutSecrets(_ link: String) -> String {
        let plain = divided(link).plain
        guard let mark = plain.firstIndex(of: "?") else { return plain }
        let end = plain[mark...].firstIndex(of: "#") ?? plain.endIndex
        let members = plain[plain.index(after: mark)..<end].split(separator: "&", omittingEmptySubsequences: false)
        let kept = members.filter { !isSecret($0) }
        guard kept.count < members.count else { return plain }
        return plain[..<mark] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&")) + plain[end...]
    }

    private static let secretNames = [
        "auth", "hmac", "jwt", "key", "pass", "pwd", "secret", "session", "sig", "token", "user"
    ]
    private static let leastSecret = 16

    private static func isSecret(_ member: Substring) -> Bool {
        let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let (name, value) = (parts[0].lowercased(), parts.count > 1 ? parts[1] : "")
        if secretNames.contains(where: name.contains) { return true }
        return value.utf8.count >= leastSecret && value.utf8.contains { 48...57 ~= $0 }
    }
}
