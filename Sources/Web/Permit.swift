import Files
import Wire

/// The secret of a request, and what to do where it is refused.
struct Permit: Equatable {
    let secret: Secret?
    /// Follows `answered 401` in a message.
    let advice: String
    /// Whether refusals other than 401 may also mean that a password is wanted.
    var isLink = false

    static let afterRedirect = Permit(
        secret: nil, advice: ": it wants a password, and none goes along with a redirect to another host")

    static func sent(_ secret: Secret) -> Permit {
        Permit(secret: secret, advice: " to the credential that was sent: check --credentials")
    }
}

extension Client {
    /// What a request is made with: the user info of its own link, else what the credentials files have now; see
    /// ``Credentials/secret(_:for:)``.
    func permit(_ auth: Auth?, _ userInfo: UserInfo?, for target: Target) throws(Failure) -> Permit {
        refreshCredentials()
        kept.refresh()
        if let userInfo {
            let secret = Secret.basic(user: userInfo.user, password: userInfo.password)
            return Permit(secret: secret, advice: " to the password in the link")
        }
        switch auth {
        case nil: return Permit(secret: nil, advice: wanted(for: target))
        case .named(let name) where kept.credentials.has(name):
            return kept(kept.credentials.secret(called: name, for: target))
                ?? Permit(secret: nil, advice: wanted(for: target))
        case .named(let name), .own(let name, _):
            let secret = try auth.flatMap { auth throws(Failure) in
                try credentials.credentials.secret(auth, for: target)
            }
            return secret.map(Permit.sent) ?? Permit(secret: nil, advice: wanted(for: target, called: name))
        case .link(let names): return permit(forLinkCalled: names, target)
        case .host:
            return try credentials.credentials.secret(.host, for: target).map(Permit.sent)
                ?? Permit(secret: nil, advice: wanted(for: target))
        }
    }

    /// Reads changed credentials; others of them may be taken in another way.
    func refreshCredentials() {
        let changes = credentials.refresh()
        if changes != seenChanges { (proofs, asked, seenChanges) = ([:], [:], changes) }
    }

    private func permit(forLinkCalled names: [String], _ target: Target) -> Permit {
        let own = names.lazy.compactMap { self.kept.credentials.secret(called: $0, for: target) }.first
        let found =
            kept(own) ?? credentials.credentials.secret(forLinksTo: target).map(Permit.sent)
            ?? kept(kept.credentials.last(forLinksTo: target))
        if let found { return Permit(secret: found.secret, advice: found.advice, isLink: true) }
        let advice =
            credentials.credentials.isWithheld(from: target)
            ? ": the line for it in the file of --credentials is for https alone: write http://\(target.host) there if the password may go unencrypted"
            : ": add a line for \(target.host) to the file of --credentials"
        return Permit(secret: nil, advice: advice, isLink: true)
    }

    private func kept(_ secret: Secret?) -> Permit? {
        let advice =
            " to the password that came in a link: give the link with the right one, or delete its line in \(kept.path ?? "")"
        return secret.map { Permit(secret: $0, advice: advice) }
    }

    private func wanted(for target: Target, called name: String? = nil) -> String {
        if let name, credentials.credentials.has(name) { return ": \(credentials.credentials.missing(name, target))" }
        return ": it wants a password: add a credential for \(target.host) to the file of --credentials"
    }
}
