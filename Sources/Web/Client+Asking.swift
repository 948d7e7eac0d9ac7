import Wire

extension Client {
    /// The secret that a request is made with: what a program gives, if the credentials name one.
    func known(_ permit: Permit, for target: Target) throws(Failure) -> Secret? {
        guard case .asked(let command) = permit.secret else { return permit.secret }
        var found = asked[command]
        if found == nil { found = try ask(command, for: target, insteadOf: nil) }
        guard let known = found else { return nil }
        guard !permit.isLink || known.isOfHeader else {
            throw .config(
                "no_credential", "the program that has the credential for \(target.host) gives none for links",
                host: target.host)
        }
        return known
    }

    /// Whether the program gives another secret in place of one that was refused.
    func hasAnother(than refused: Secret?, by permit: Permit, for target: Target) throws(Failure) -> Bool {
        guard case .asked(let command) = permit.secret else { return false }
        return try ask(command, for: target, insteadOf: refused) != refused
    }

    private func ask(_ command: String, for target: Target, insteadOf refused: Secret?) throws(Failure) -> Secret {
        let found = try AskedSecret(command: command, host: target.host).secret(insteadOf: refused)
        asked[command] = found
        return found
    }
}
